"""Old Keras spellings: which there are, and what to use for those that are gone. Data only.

Names that Keras itself keeps for TensorFlow's ``tf.keras``, such as ``losses.MSE``, are found
without being listed here.
"""


def words(text: str) -> list[str]:
    """A list of names, written closely."""
    return text.split()


# Namespace -> old name -> what it is in Keras 3.
MOVED: dict[str, dict[str, str]] = {
    "keras.experimental": {"CosineDecay": "keras.optimizers.schedules.CosineDecay"},
    "keras.layers.experimental": {
        "SyncBatchNormalization": "keras.layers.BatchNormalization",
    },
    "keras.layers.experimental.preprocessing": {
        name: f"keras.layers.{name}"
        for name in words(
            "CategoryEncoding CenterCrop Discretization Hashing IntegerLookup Normalization "
            "RandomContrast RandomCrop RandomFlip RandomRotation RandomTranslation RandomZoom "
            "Rescaling Resizing StringLookup TextVectorization"
        )
    },
    "keras.mixed_precision": {"LossScaleOptimizer": "keras.optimizers.LossScaleOptimizer"},
    "keras.mixed_precision.experimental": {
        "LossScaleOptimizer": "keras.optimizers.LossScaleOptimizer",
        "Policy": "keras.mixed_precision.Policy",
        "global_policy": "keras.mixed_precision.global_policy",
        "set_policy": "keras.mixed_precision.set_global_policy",
    },
    "keras.optimizers.experimental": {
        name: f"keras.optimizers.{name}"
        for name in words("Adadelta Adagrad Adam AdamW Adamax Ftrl Nadam Optimizer RMSprop SGD")
    },
    "keras.optimizers.legacy": {
        name: f"keras.optimizers.{name}"
        for name in words("Adadelta Adagrad Adam Adamax Ftrl Nadam Optimizer RMSprop SGD")
    },
    "keras.utils": {"Sequence": "keras.utils.PyDataset"},
}
# Where Keras keeps names for TensorFlow's ``tf.keras`` that need no TensorFlow.
KEPT = (
    "keras.losses",
    "keras.metrics",
    "keras.preprocessing.image",
    "keras.preprocessing.sequence",
    "keras.preprocessing.text",
)

BACKEND = set(
    words(
        """
    abs all any arange argmax argmin batch_flatten batch_get_value batch_set_value bias_add
    binary_crossentropy cast cast_to_floatx categorical_crossentropy clip concatenate constant cos
    count_params cumprod cumsum dot dropout dtype elu equal eval exp expand_dims eye flatten gather
    get_value greater greater_equal hard_sigmoid int_shape l2_normalize less less_equal log
    logsumexp max maximum mean min minimum name_scope ndim not_equal one_hot ones ones_like
    permute_dimensions pow prod random_bernoulli random_normal random_uniform relu repeat
    repeat_elements reshape reverse round set_session set_value shape sigmoid sign sin softmax
    softplus softsign sparse_categorical_crossentropy sqrt square squeeze stack std stop_gradient
    sum switch tanh tile transpose truncated_normal update update_add update_sub var variable
    zeros zeros_like
    """
    )
)

# What there is instead of names that are gone.
GONE = {
    "keras.backend.function": "a keras.Model of the same inputs and outputs, or tf.function",
    "keras.backend.get_session": "nothing: there are no sessions",
    "keras.backend.gradients": "tf.GradientTape",
    "keras.backend.learning_phase": "the argument `training` of layers and models",
    "keras.backend.map_fn": "keras.ops.map",
    "keras.backend.placeholder": "keras.Input",
    "keras.backend.resize_images": "keras.ops.image.resize",
    "keras.backend.rnn": "keras.layers.RNN",
    "keras.backend.set_learning_phase": "the argument `training` of layers and models",
    "keras.backend.spatial_2d_padding": "keras.ops.pad",
    "keras.backend.tensorflow_backend": "tf.keras.backend",
    "keras.backend.conv2d": "keras.ops.conv",
    "keras.backend.batch_dot": "keras.ops.einsum",
    "keras.backend.batch_normalization": "keras.ops.batch_normalization",
    "keras.backend.pool2d": "keras.ops.max_pool or keras.ops.average_pool",
    "keras.estimator": "model.fit",
    "keras.layers.CuDNNGRU": "keras.layers.GRU",
    "keras.layers.CuDNNLSTM": "keras.layers.LSTM",
    "keras.layers.RandomHeight": "keras.layers.RandomZoom",
    "keras.layers.RandomWidth": "keras.layers.RandomZoom",
    "keras.layers.ThresholdedReLU": "keras.layers.ReLU(threshold=theta)",
    "keras.utils.multi_gpu_model": "keras.distribution.DataParallel",
    "keras.wrappers": "keras.wrappers of Keras 3.9 and newer, or the package scikeras",
}
