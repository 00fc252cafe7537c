"""Numbers that a loop stacks up for its derivative, computed there instead where that is cheap.

The derivative of a loop (``lax.scan``) goes through it backwards and reads what each round has left
for it. JAX leaves the derivative of each function, such as ``s * (1 - s)`` of a sigmoid, beside
the ``s`` that others need anyway: an LSTM leaves 12 arrays a round where 7 will do. Each is filled
with zeros, written and read, mostly beyond the cores' caches: longer than the two operations take.
"""

from __future__ import annotations

from typing import Any

from glasstape.ports.jax_residuals import recomputed

# One number out, each of one number or some that lie in the same place.
CHEAP = {
    *("add", "add_any", "sub", "mul", "neg", "div", "max", "min", "abs", "sign", "square"),
    *("integer_pow", "select_n", "eq", "ne", "lt", "le", "gt", "ge", "and", "or", "not"),
    *("convert_element_type", "broadcast_in_dim", "reshape", "copy"),
}
MOST = 8


def rewrite(program: Any) -> Any:
    """A closed jaxpr as this pass makes it; itself where there is nothing to do."""
    return recomputed(program, lambda operation: operation.primitive.name in CHEAP, MOST)
