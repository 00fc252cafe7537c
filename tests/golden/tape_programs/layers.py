"""Keras layers, losses, optimizers and metrics under a tape; adversarial inputs, Grad-CAM."""

import numpy as np

from .registry import both_ways, program


def numbers(api, *shape):
    return api.constant(np.cos(np.arange(np.prod(shape))).reshape(shape).astype("float32"))


def numbered(api, layer, shape):
    """A layer with weights, and an input for it."""
    x = numbers(api, *shape) if shape else api.constant([[1, 4, 1]], "int32")
    return api.layer(layer, None, *x.shape[1:]), x


def gradients(api, layer, x, *, twice=False, **options):
    """Those of a weighed sum of squares, in the input and the layer's variables."""
    with api.GradientTape() as tape:
        tape.watch(x)
        y = layer(x, x) if twice else layer(x, **options)
        # Without weights the sum of a normalization's squares would not depend on its input.
        loss = api.ops.sum((y * numbers(api, *y.shape)) ** 2)
    return tape.gradient(loss, [x, *layer.trainable_variables])


# name -> (layer, shape of the input, arguments of the call); one program a table
SIMPLE = {
    "dense": (lambda k: k.Dense(2, activation="relu"), (2, 3), {}),
    "einsum": (lambda k: k.EinsumDense("abc,cd->abd", (2, 2), bias_axes="d"), (1, 2, 3), {}),
    "embedding": (lambda k: k.Embedding(5, 2), None, {}),
    "prelu": (lambda k: k.PReLU(), (2, 3), {}),
    "dropout_inference": (lambda k: k.Dropout(0.5), (2, 3), {"training": False}),
}
CONVOLUTIONS = {
    "conv1d_causal": (lambda k: k.Conv1D(2, 2, padding="causal"), (1, 3, 1), {}),
    "conv2d_same_strided": (lambda k: k.Conv2D(2, 3, 2, "same"), (1, 4, 4, 1), {}),
    "conv2d_dilated": (lambda k: k.Conv2D(1, 2, dilation_rate=2), (1, 3, 3, 1), {}),
    "conv2d_grouped": (lambda k: k.Conv2D(2, 2, groups=2), (1, 2, 3, 2), {}),
    "conv2d_transpose": (lambda k: k.Conv2DTranspose(1, 2, 2), (1, 2, 2, 2), {}),
    "depthwise": (lambda k: k.DepthwiseConv2D(2), (1, 2, 3, 2), {}),
}
POOLING = {
    "max_pooling": (lambda k: k.MaxPooling2D(2), (1, 4, 4, 1), {}),
    "max_pooling_overlapping": (lambda k: k.MaxPooling2D(3, 1, "same"), (1, 4, 4, 1), {}),
    "average_pooling": (lambda k: k.AveragePooling2D(2, padding="same"), (1, 3, 3, 1), {}),
    "global_max_pooling": (lambda k: k.GlobalMaxPooling2D(), (1, 3, 3, 2), {}),
    "upsampling": (lambda k: k.UpSampling2D(2, interpolation="bilinear"), (1, 2, 2, 1), {}),
}
NORMALIZATIONS = {
    "batch_norm_training": (lambda k: k.BatchNormalization(), (3, 2), {"training": True}),
    "batch_norm_inference": (lambda k: k.BatchNormalization(), (3, 2), {"training": False}),
    "layer_norm": (lambda k: k.LayerNormalization(), (2, 3), {}),
    "group_norm": (lambda k: k.GroupNormalization(2), (2, 4), {}),
    "rms_norm": (lambda k: k.RMSNormalization(), (2, 3), {}),
    "unit_norm": (lambda k: k.UnitNormalization(), (2, 3), {}),
}
RECURRENT = {
    "lstm": (lambda k: k.LSTM(2), (2, 3, 2), {}),
    "bidirectional": (lambda k: k.Bidirectional(k.SimpleRNN(2)), (1, 3, 2), {}),
}
TABLES = {
    "simple": SIMPLE,
    "convolutions": CONVOLUTIONS,
    "pooling": POOLING,
    "normalizations": NORMALIZATIONS,
    "recurrent": RECURRENT,
}


def _add(name, table):
    # Compiled together, because in eager code every operation would be compiled by itself.
    @program(name=name, ways=("function",))
    def run(api):
        made = {
            name: numbered(api, make(api.keras.layers), shape)
            for name, (make, shape, _) in table.items()
        }

        @api.way
        def run(inputs):
            return {
                name: gradients(api, made[name][0], inputs[name], **options)
                for name, (_, _, options) in table.items()
            }

        return run({name: x for name, (_, x) in made.items()})


for _name, _table in TABLES.items():
    _add(_name, _table)


@program(ways=("function",))
def attention(api):
    layer = api.keras.layers.MultiHeadAttention(1, 2)
    x = numbers(api, 1, 3, 2)
    layer.build(x.shape, x.shape)
    layer.set_weights([np.sin(np.arange(w.size)).reshape(w.shape) for w in layer.get_weights()])
    return api.way(lambda x: gradients(api, layer, x, twice=True))(x)


@program(ways=("function",))
def masked_sequence(api):
    embedding = api.layer(api.keras.layers.Embedding(4, 2, mask_zero=True), None, 3)
    rnn = api.layer(api.keras.layers.GRU(2, reset_after=False), None, 3, 2)

    @api.way
    def run(tokens):
        with api.GradientTape() as tape:
            y = rnn(embedding(tokens))
        return tape.gradient(y, embedding.embeddings)

    return run(api.constant([[1, 2, 0], [3, 0, 0]], "int32"))


@program
def dropout_keeps_what_its_gradient_keeps(api):
    """The masks of the two libraries differ; what must not is that one mask serves both ways."""
    x = api.ops.ones((200,))
    layer = api.keras.layers.Dropout(0.5, seed=1)
    with api.GradientTape() as tape:
        tape.watch(x)
        y = layer(x, training=True)
    gradient = tape.gradient(y, x)
    kept = np.asarray(api.ops.convert_to_numpy(y))
    same = np.array_equal(kept, api.ops.convert_to_numpy(gradient))
    return bool(same), sorted(set(kept.tolist()))


@both_ways
def fixed_mask(api):
    """Dropout with a mask that is given."""
    mask = api.constant([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])
    layer = api.layer(api.keras.layers.Dense(2), None, 3)

    @api.way
    def run(x):
        with api.GradientTape() as tape:
            tape.watch(x)
            y = layer(x * mask / 0.5) ** 2
        return tape.gradient(y, [x, *layer.trainable_variables])

    return run(numbers(api, 2, 3))


def small_net(api):
    keras = api.keras
    layers = [
        api.layer(keras.layers.Conv2D(2, 2, activation="relu"), None, 3, 3, 1),
        keras.layers.Flatten(),
        api.layer(keras.layers.Dense(3, activation="softmax"), None, 8),
    ]
    return keras.Sequential(layers)


@program(ways=("function",))
def adversarial_example(api):
    """The fast gradient sign method: the gradient in the picture."""
    net, loss = small_net(api), api.keras.losses.SparseCategoricalCrossentropy()
    labels = api.constant([1, 2], "int32")

    @api.way
    def run(images):
        with api.GradientTape() as tape:
            tape.watch(images)
            y = loss(labels, net(images))
        return images + 0.1 * api.ops.sign(tape.gradient(y, images))

    return run(numbers(api, 2, 3, 3, 1))


@both_ways
def grad_cam(api):
    """The gradient in a layer's output, which nobody watched."""
    net = small_net(api)

    @api.way
    def run(images):
        with api.GradientTape() as tape:
            maps = net.layers[0](images)
            scores = net.layers[2](net.layers[1](maps))
            y = scores[:, 1]
        return tape.gradient(y, maps)

    return run(numbers(api, 2, 3, 3, 1))


@both_ways
def training_step(api):
    net, optimizer = small_net(api), api.keras.optimizers.Adam(0.01)
    loss, mean = api.keras.losses.SparseCategoricalCrossentropy(), api.keras.metrics.Mean()
    labels = api.constant([1, 2], "int32")
    optimizer.build(net.trainable_variables)

    @api.way
    def step(images):
        with api.GradientTape() as tape:
            y = loss(labels, net(images, training=True))
        gradients = tape.gradient(y, net.trainable_variables)
        optimizer.apply_gradients(zip(gradients, net.trainable_variables, strict=True))
        mean.update_state(y)
        return y

    losses = [step(numbers(api, 2, 3, 3, 1)) for _ in range(3)]
    return losses, mean.result(), [api.ops.sum(v) for v in net.trainable_variables]


@program
def regularization_losses(api):
    keras = api.keras
    layer = api.layer(
        keras.layers.Dense(2, kernel_regularizer=keras.regularizers.L1L2(0.1, 0.2)), None, 3
    )
    with api.GradientTape() as tape:
        y = api.ops.sum(layer(numbers(api, 2, 3))) + sum(layer.losses)
    return tape.gradient(y, layer.trainable_variables)


@program
def shared_layer(api):
    layer = api.layer(api.keras.layers.Dense(3), None, 3)
    x = numbers(api, 2, 3)
    with api.GradientTape() as tape:
        y = layer(layer(x)) * layer(x)
    return tape.gradient(y, layer.trainable_variables)


@program
def moving_averages_have_no_gradient(api):
    layer = api.layer(api.keras.layers.BatchNormalization(), None, 2)
    with api.GradientTape() as tape:
        y = layer(numbers(api, 3, 2), training=True) ** 2
    found = tape.gradient(y, layer.variables)
    return found, api.ops.convert_to_tensor(layer.moving_mean)


@program
def layer_that_is_not_used(api):
    used = api.layer(api.keras.layers.Dense(2), None, 3)
    idle = api.layer(api.keras.layers.Dense(2), None, 3)
    with api.GradientTape() as tape:
        y = used(numbers(api, 2, 3))
    return tape.gradient(y, used.trainable_variables + idle.trainable_variables)


LOSSES = {
    "mean_squared_error": lambda losses: losses.MeanSquaredError(),
    "mean_absolute_error": lambda losses: losses.MeanAbsoluteError(),
    "huber": lambda losses: losses.Huber(0.5),
    "log_cosh": lambda losses: losses.LogCosh(),
    "cosine_similarity": lambda losses: losses.CosineSimilarity(),
    "hinge": lambda losses: losses.Hinge(),
    "poisson": lambda losses: losses.Poisson(),
    "kl_divergence": lambda losses: losses.KLDivergence(),
    "binary_crossentropy": lambda losses: losses.BinaryCrossentropy(),
    "binary_focal": lambda losses: losses.BinaryFocalCrossentropy(),
    "categorical_crossentropy": lambda losses: losses.CategoricalCrossentropy(),
    "categorical_from_logits": lambda losses: losses.CategoricalCrossentropy(from_logits=True),
}


@program(ways=("function",))
def losses(api):
    """The gradient of each loss in the prediction."""
    truth = api.constant([[0.0, 1.0, 0.0]])
    made = {name: make(api.keras.losses) for name, make in LOSSES.items()}

    @api.way
    def run(prediction):
        with api.GradientTape(persistent=True) as tape:
            tape.watch(prediction)
            values = {name: loss(truth, prediction) for name, loss in made.items()}
        return {name: tape.gradient(y, prediction) for name, y in values.items()}

    return run(api.constant([[0.2, 0.7, 0.1]]))
