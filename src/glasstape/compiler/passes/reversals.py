"""Arrays read backwards twice, left as they are.

A transposed convolution reads its kernel backwards, transposed, and so does its gradient, which is
then transposed and read backwards again for the kernel. XLA sees two reversals only where nothing
stands between them, and its loops for them are slow: 3 ms for a kernel of 3 MB.
"""

from __future__ import annotations

from typing import Any

from glasstape.ports import jax_views


def rewrite(program: Any) -> Any:
    """A closed jaxpr as this pass makes it; itself where there is nothing to do."""
    return jax_views.in_one(program)
