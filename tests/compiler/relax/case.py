"""A step under `reduce_retracing` beside the same step traced for each shape."""

import jax
import jax.numpy as jnp
import numpy as np

import glasstape as gt


def both(step):
    """``(traced for each shape, traced once)``."""
    return gt.function(step), gt.function(step, reduce_retracing=True)


def rows(size, width=3):
    random = np.random.default_rng(size)
    return jnp.asarray(random.normal(size=(size, width)).astype("float32") * 3)


def outcome(step, *args):
    """The leaves of the result with their types, or the error's type."""
    try:
        result = step(*args)
    except Exception as error:
        return type(error).__name__
    return [(np.asarray(v), getattr(v, "weak_type", None)) for v in jax.tree.leaves(result)]


def assert_equal(expected, found):
    if isinstance(expected, str) or isinstance(found, str):
        assert expected == found
        return
    assert len(expected) == len(found)
    for (a, weak), (b, found_weak) in zip(expected, found, strict=True):
        assert (a.dtype, a.shape, weak) == (b.dtype, b.shape, found_weak)
        np.testing.assert_array_equal(a, b)
