"""`tf.bitwise`: the bits of whole numbers."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from glasstape.tf import _elsewhere
from glasstape.tf._elementwise import binary, unary
from glasstape.tf._translate import INTEGERS

__all__ = ["bitwise_and", "bitwise_or", "bitwise_xor", "invert", "left_shift", "right_shift"]


def _shift(formula: Any) -> Any:
    """TensorFlow shifts by at most the number of bits less 1, and by 0 when asked for less."""
    return lambda x, y: formula(x, jnp.clip(y, 0, x.dtype.itemsize * 8 - 1))


# fmt: off
bitwise_and = binary("bitwise.bitwise_and", INTEGERS, jnp.bitwise_and, "Bits that both have", "int(tf.bitwise.bitwise_and(6, 3))", "2")
bitwise_or = binary("bitwise.bitwise_or", INTEGERS, jnp.bitwise_or, "Bits that at least one has", "int(tf.bitwise.bitwise_or(6, 3))", "7")
bitwise_xor = binary("bitwise.bitwise_xor", INTEGERS, jnp.bitwise_xor, "Bits that just one has", "int(tf.bitwise.bitwise_xor(6, 3))", "5")
left_shift = binary("bitwise.left_shift", INTEGERS, _shift(jnp.left_shift), "x 2ʸ", "int(tf.bitwise.left_shift(1, 3))", "8")
right_shift = binary("bitwise.right_shift", INTEGERS, _shift(jnp.right_shift), "⌊x / 2ʸ⌋", "int(tf.bitwise.right_shift(8, 3))", "1")
invert = unary("bitwise.invert", INTEGERS, jnp.invert, "All bits turned", "int(tf.bitwise.invert(0))", "-1")
# fmt: on

__getattr__, __dir__ = _elsewhere.module_hooks(__name__)
