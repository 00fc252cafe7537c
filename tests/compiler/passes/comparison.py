"""A program compared with what a pass makes of it."""

import jax
import jax.numpy as jnp
import numpy as np

from glasstape.ports.jax_program import rewritten


def replaced(rewrite, name, function, *arguments):
    """How many operations a pass replaces in a function, whose results must stay the same.

    Args:
        rewrite: The pass.
        name: Of what stands there afterwards.
        function: Called with the arguments.
        *arguments: Arrays.
    """
    program = jax.make_jaxpr(function)(*arguments)
    new = rewritten(program, rewrite)
    expected = jax.tree.leaves(jax.jit(function)(*arguments))
    received = jax.jit(jax.extend.core.jaxpr_as_fun(new))(*arguments)
    for one, other in zip(expected, received, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-5, atol=1e-5 * float(jnp.abs(one).max()))
    return str(new).count(f"name={name}")
