"""`tf.math.special`: Bessel functions and integrals that have names."""

from typing import Any

import jax
import jax.numpy as jnp
from jax.scipy import special as sp

from glasstape.tf import _elsewhere
from glasstape.tf._elementwise import bessel_i0 as bessel_i0
from glasstape.tf._elementwise import bessel_i0e as bessel_i0e
from glasstape.tf._elementwise import bessel_i1 as bessel_i1
from glasstape.tf._elementwise import bessel_i1e as bessel_i1e
from glasstape.tf._elementwise import unary

__all__ = [
    "bessel_i0",
    "bessel_i0e",
    "bessel_i1",
    "bessel_i1e",
    "expint",
    "fresnel_cos",
    "fresnel_sin",
    "spence",
]


@jax.custom_jvp
def _spence(x: Any) -> Any:
    """JAX' own has no gradient where its formulas meet."""
    return sp.spence(x)


@_spence.defjvp
def _spence_slope(primals: Any, tangents: Any) -> Any:
    (x,), (dx,) = primals, tangents
    apart = jnp.where(x == 1, 2, x)  # 1 - x may be divided by
    slope = jnp.where(x == 1, -1, jnp.log(apart) / (1 - apart))
    return _spence(x), slope * dx


# fmt: off
expint = unary("math.special.expint", "f", sp.expi, "The exponential integral ∫ eᵗ/t dt up to x", "f'{float(tf.math.special.expint(1.0)):.4f}'", "'1.8951'")
fresnel_cos = unary("math.special.fresnel_cos", "f", lambda x: sp.fresnel(x)[1], "Fresnel's integral ∫ cos(πt²/2) dt from 0 to x", "f'{float(tf.math.special.fresnel_cos(1.0)):.4f}'", "'0.7799'")
fresnel_sin = unary("math.special.fresnel_sin", "f", lambda x: sp.fresnel(x)[0], "Fresnel's integral ∫ sin(πt²/2) dt from 0 to x", "f'{float(tf.math.special.fresnel_sin(1.0)):.4f}'", "'0.4383'")
spence = unary("math.special.spence", "f", _spence, "Spence's function ∫ log(t)/(1 - t) dt from 1 to x", "float(tf.math.special.spence(1.0))", "0.0")
# fmt: on

__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
