"""What is not differentiated, and why: every public name is here or in a table of cases."""

from __future__ import annotations

import numpy as np
from keras import ops

from tests.keras.case import case, definite, integers, positive, real

X = real(3, 4)

# Of floating-point tensors; a test calls each and looks at the dtypes of what comes back.
_OF_ONE = (
    "all any argmax argmin argsort count_nonzero isfinite isinf isnan isneginf isposinf isreal "
    "logical_not nanargmax nanargmin nonzero signbit"
)
_OF_TWO = (
    "allclose equal greater greater_equal isclose isin less less_equal logical_and logical_or "
    "logical_xor not_equal"
)
WHOLE_NUMBERS = {
    **dict.fromkeys(_OF_ONE.split(), (X,)),
    **dict.fromkeys(_OF_TWO.split(), (X, X)),
    "argpartition": (X, 1),
    "digitize": (X, np.array([-1.0, 0.0, 1.0], "float32")),
    "in_top_k": (integers(0, 1, 2), X, 2),
    "matrix_rank": (definite(3),),
    "searchsorted": (np.array([-1.0, 0.0, 1.0], "float32"), real(4)),
}

# A test sees to it that `jax.grad` refuses each, so that they move to the tables when it does not
# any more.
NO_RULE = {
    "eig": case(lambda x: ops.eig(x), real(3, 3)),
    "segment_prod": case(lambda x: ops.segment_prod(x, integers(0, 1, 0), 2), positive(3)),
}
# To be moved to the tables when that is the oldest JAX; until then a test of its own compares it.
RULE_SINCE_JAX_0_12 = {"nextafter": case(lambda x: ops.nextafter(x, 2.0), X)}

REASONS = {
    "the result is whole numbers or truth values": {"ops": " ".join(WHOLE_NUMBERS)},
    "JAX refuses to differentiate it": {"ops": " ".join(NO_RULE)},
    "JAX before 0.12 refuses to differentiate it": {"ops": " ".join(RULE_SINCE_JAX_0_12)},
    "takes whole numbers": {
        "ops": "bitwise_and bitwise_invert bitwise_left_shift bitwise_not bitwise_or "
        "bitwise_right_shift bitwise_xor gcd lcm left_shift multi_hot one_hot right_shift "
        "unravel_index"
    },
    "makes a constant": {
        "ops": "arange bartlett blackman empty empty_like eye hamming hanning identity ones "
        "ones_like tri zeros zeros_like"
    },
    "tells about a tensor or takes it elsewhere": {
        "ops": "convert_to_numpy dtype is_tensor ndim shape size",
    },
    "reads the same bits as another dtype": {"ops": "view"},
    "a module; its functions are listed by themselves": {"ops": "image linalg nn numpy"},
    "makes, saves or names objects": {
        "activations": "deserialize get serialize",
        "losses": "deserialize get serialize",
        "layers": "Input InputLayer InputSpec deserialize serialize",
    },
    "gives indices or one-hot vectors of words, numbers or intervals": {
        "layers": "Discretization HashedCrossing Hashing IntegerLookup StringLookup "
        "TextVectorization"
    },
    "pads lists of bounding boxes": {"layers": "MaxNumBoundingBoxes"},
    "wraps a model of another library": {"layers": "FlaxLayer TFSMLayer TorchModuleWrapper"},
}
EXCLUDED = {
    f"{module}.{name}": reason
    for reason, modules in REASONS.items()
    for module, names in modules.items()
    for name in names.split()
}

# Differentiable almost everywhere, with a derivative of zero.
FLAT = "ceil floor floor_divide heaviside round sign stop_gradient trunc"
FLAT = {f"ops.{name}" for name in FLAT.split()}
# These round to whole grey values on the way.
FLAT |= {
    "layers.ContrastLimitedAdaptiveHistogramEqualization, training",
    "layers.ContrastLimitedAdaptiveHistogramEqualization, inference",
    "layers.Equalization, training",
    "layers.RandomPosterization, training",
}
