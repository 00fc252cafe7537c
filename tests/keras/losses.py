"""Cases of `keras.activations` and `keras.losses`: functions, and classes with their defaults."""

from __future__ import annotations

import numpy as np
from keras import activations, losses, ops

from tests.keras.case import case, each, fraction, integers, real, unit

X = real(3, 4)
ONE_HOT = np.eye(4, dtype="float32")[[0, 3, 1]]
PAIRS = integers(0, 1, 0, 1)
LABELS = integers(0, 3, 1)
ZEROS_AND_ONES = np.array([[0, 1, 1, 0], [1, 0, 1, 1], [0, 0, 1, 0]], "float32")

ACTIVATIONS = {
    **each(
        activations,
        "celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh "
        "leaky_relu linear log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink "
        "softmax softplus softsign sparse_plus sparse_sigmoid squareplus swish tanh tanh_shrink",
        X,
    ),
    "sparsemax": case(lambda x: activations.sparsemax(x), unit(3, 4)),
    "threshold": case(lambda x: activations.threshold(x, 0.2, -1.0), X),
}


def _probabilities(x):
    return ops.softmax(x)


# Function and class of each loss; both take (targets, predictions).
OF_TWO_TENSORS = (
    "mean_squared_error MeanSquaredError mean_absolute_error MeanAbsoluteError "
    "mean_absolute_percentage_error MeanAbsolutePercentageError mean_squared_logarithmic_error "
    "MeanSquaredLogarithmicError cosine_similarity CosineSimilarity huber Huber log_cosh LogCosh "
    "poisson Poisson kl_divergence KLDivergence dice Dice tversky Tversky"
)
OF_SIGNS = "hinge Hinge squared_hinge SquaredHinge"
OF_BITS = "binary_crossentropy BinaryCrossentropy binary_focal_crossentropy BinaryFocalCrossentropy"
OF_CLASSES = (
    "categorical_crossentropy CategoricalCrossentropy categorical_focal_crossentropy "
    "CategoricalFocalCrossentropy categorical_hinge CategoricalHinge"
)


def _call(name, *args, **how):
    loss = getattr(losses, name)
    return loss(**how)(*args) if isinstance(loss, type) else loss(*args, **how)


def _each(names, function, *inputs):
    def of(name):
        return lambda *args: function(name, *args)

    return {name: case(of(name), *inputs) for name in names.split()}


LOSSES = {
    **_each(OF_TWO_TENSORS, _call, fraction(3, 4), fraction(3, 4)),
    **_each(OF_SIGNS, lambda name, x: _call(name, ZEROS_AND_ONES, x), X),
    **_each(OF_BITS, lambda name, x: _call(name, ZEROS_AND_ONES, x), fraction(3, 4)),
    **_each(OF_CLASSES, lambda name, x: _call(name, ONE_HOT, _probabilities(x)), X),
    **_each(
        "sparse_categorical_crossentropy SparseCategoricalCrossentropy",
        lambda name, x: _call(name, LABELS, x, from_logits=True),
        X,
    ),
    **_each(
        "categorical_generalized_cross_entropy CategoricalGeneralizedCrossEntropy",
        lambda name, x: _call(name, LABELS, _probabilities(x), q=0.5),
        X,
    ),
    **_each("circle Circle", lambda name, x: _call(name, PAIRS, x, gamma=2), unit(4, 3)),
    **_each("ctc CTC", lambda name, x: _call(name, integers([1, 2]), x), real(1, 4, 3)),
    "Loss": case(lambda y, x: _SquaredLoss()(y, x), X, X),
}


class _SquaredLoss(losses.Loss):
    def call(self, y_true, y_pred):
        return ops.square(y_true - y_pred)


ENTRIES = {f"activations.{name}": entry for name, entry in ACTIVATIONS.items()}
ENTRIES |= {f"losses.{name}": entry for name, entry in LOSSES.items()}

# Compiling `ctc` takes two seconds; `Circle` is `circle`, which takes more than half a second.
SLOW = {"losses.ctc", "losses.CTC", "losses.Circle"}
