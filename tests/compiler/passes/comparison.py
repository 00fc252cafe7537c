"""A program compared with what a pass makes of it."""

import jax
import jax.numpy as jnp
import numpy as np

import glasstape as gt
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
    check_same(function, new, *arguments)
    return str(new).count(f"name={name}")


def check_same(function, program, *arguments):
    """Check that a program gives what a function gives."""
    expected = jax.tree.leaves(jax.jit(function)(*arguments))
    received = jax.jit(jax.extend.core.jaxpr_as_fun(program))(*arguments)
    for one, other in zip(expected, received, strict=True):
        largest = float(jnp.max(jnp.abs(one), initial=0))
        np.testing.assert_allclose(other, one, rtol=1e-5, atol=1e-5 * largest)


def trained(model, x, y, **switches):
    """Losses of a hundred steps with these passes on or off, and the program of a step."""
    import keras

    gt.passes(**switches)
    optimizer = keras.optimizers.Adam()
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    @gt.function
    def step(x, y):
        with gt.GradientTape() as tape:
            loss = loss_of(y, model(x, training=True))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    return [float(step(x, y)) for _ in range(100)], str(step.program(x, y))
