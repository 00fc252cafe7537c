"""Operations that JAX would take apart before a tape sees them keep their own derivative.

Since JAX 0.12 `ldexp` is such a one; what it is made of are bit operations, which have none.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import glasstape as gt

JAX = tuple(int(part) for part in jax.__version__.split(".")[:2])
X = jnp.array([0.3, -1.2, 0.7])
POWERS = jnp.array([1, 0, -1], "int32")


def scaled(x):
    return jnp.ldexp(x, POWERS)


PLACES = {
    "alone": scaled,
    "in a loop": lambda x: jax.lax.scan(lambda c, _: (scaled(c) * c, None), x, None, length=2)[0],
    "in a branch": lambda x: jax.lax.cond(x[0] > 0, scaled, jnp.sin, x),
    "in a checkpoint": jax.checkpoint(lambda x: scaled(jnp.sin(x))),
}


@pytest.mark.parametrize("way", [lambda f: f, gt.function], ids=["eager", "compiled"])
@pytest.mark.parametrize("function", PLACES.values(), ids=PLACES)
def test_ldexp(function, way):
    def cubes(x):
        return jnp.sum(function(x) ** 3)

    @way
    def by_tape(x):
        with gt.GradientTape() as outer:
            outer.watch(x)
            with gt.GradientTape() as tape:
                tape.watch(x)
                y = cubes(x)
            first = tape.gradient(y, x)
        return first, outer.gradient(first, x)

    first, second = by_tape(X)
    np.testing.assert_allclose(first, jax.grad(cubes)(X), rtol=1e-5)
    if JAX < (0, 12):
        return  # there the second derivative of `ldexp` in a `scan` is wrong by `jax.grad`, too
    expected = jax.grad(lambda x: jnp.sum(jax.grad(cubes)(x)))(X)
    np.testing.assert_allclose(second, expected, rtol=1e-5)
