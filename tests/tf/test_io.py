"""`tf.image`, `tf.io` and `tf.strings`, against results read off TensorFlow."""

import numpy as np
import pytest

import glasstape.tf as tf
from tests.tf import io_expressions
from tests.tf.golden.read import read

pytest.importorskip("PIL.Image")

THEIRS = read("io")
NARROW = {"int64": "int32", "float64": "float32"}
KNOWN = io_expressions.names(tf)
# What differs, and how.
OURS = {}
# JAX' logarithms and powers, and convolutions in another order.
LOOSE = {}


@pytest.mark.filterwarnings("ignore:.*64-bit")
@pytest.mark.parametrize("expression", io_expressions.EXPRESSIONS)
def test_results_are_tensorflows(expression):
    ours = io_expressions.describe(expression, KNOWN)
    theirs = OURS.get(expression, THEIRS[expression])
    if "value" not in theirs or not isinstance(theirs["value"], list):
        assert ours == theirs
        return
    assert ours.get("shape") == theirs.get("shape")
    dtype = theirs.get("dtype")
    assert ours.get("dtype") == NARROW.get(dtype, dtype)
    # A float that lies between two integers may be cut off on the other side.
    close = {"uint8": 0, "float16": 2e-3}.get(dtype, 3e-6)
    np.testing.assert_allclose(
        ours["value"], theirs["value"], rtol=close, atol=max(close, LOOSE.get(expression, 0))
    )


def test_the_stored_results_are_of_these_expressions():
    assert list(THEIRS) == io_expressions.EXPRESSIONS
    assert set(OURS) | set(LOOSE) <= set(THEIRS)
