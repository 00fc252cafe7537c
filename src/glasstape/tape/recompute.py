"""`recompute_grad`: less memory for more time."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from glasstape.ports import jax_trace
from glasstape.tape.staging import Arguments, Piece


def recompute_grad(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose intermediate results are computed again for the gradient, not kept.

    As ``tf.recompute_grad``: less memory for more time (T. Chen et al., *Training deep nets with
    sublinear memory cost*, 2016). Variables it reads, random layers and layers with state work.

    Args:
        f: Takes and returns tensors or nested structures of them.

    Returns:
        The function of the same arguments.

    Example:
        >>> import jax.numpy as jnp
        >>> import glasstape as gt
        >>> block = gt.recompute_grad(lambda x: jnp.sin(jnp.sin(x)))
        >>> x = jnp.float32(0.0)
        >>> with gt.GradientTape() as tape:
        ...     tape.watch(x)
        ...     y = block(x)
        >>> float(tape.gradient(y, x))
        1.0
    """

    @functools.wraps(f)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        if jax_trace.is_plain():
            return f(*args, **kwargs)
        arguments, piece, trees = Arguments(args), Piece(), []

        def run(*tensors: Any) -> list[Any]:
            outs, tree = jax.tree.flatten(f(*arguments.rebuild(tensors), **kwargs))
            trees.append(tree)
            return [jnp.asarray(o) for o in outs]

        piece.stage(run, arguments.tensors)
        forgetful = _forgetful(piece.run, getattr(f, "__name__", type(f).__name__))
        outs, new = forgetful(piece.read_variables(), arguments.tensors)
        piece.assign(new)
        return jax.tree.unflatten(trees[0], outs)

    return decorated


def _forgetful(run: Callable[..., Any], name: str) -> Callable[..., Any]:
    """`run` with a pullback that computes it again; the tape's records call it `name`."""
    # XLA for CPU drops the barriers that keep `jax.checkpoint` from being optimized away: a net
    # of 16 layers needed 101 MB with it, 71 MB without and 46 MB with what follows.
    if jax.default_backend() != "cpu":
        return jax.checkpoint(run)

    def named(*inputs: Any) -> Any:
        return run(*inputs)

    named.__name__ = name
    forgetful = jax.custom_vjp(named)
    forgetful.defvjp(
        lambda *inputs: (run(*inputs), inputs),
        lambda inputs, cotangents: _pull_back(run, inputs, cotangents),
    )
    return forgetful


def _pull_back(run: Callable[..., Any], inputs: Any, cotangents: Any) -> Any:
    leaves, treedef = jax.tree.flatten(inputs)
    seeds = jax.tree.leaves(cotangents)
    kept = [i for i, s in enumerate(seeds) if s.dtype != jax_trace.float0]
    wrt = [i for i, x in enumerate(leaves) if jax_trace.is_differentiable(x)]

    def pull(leaves: Sequence[Any], seeds: Sequence[Any]) -> list[Any]:
        def of_differentiable(*followed: Any) -> list[Any]:
            full = list(leaves)
            for position, value in zip(wrt, followed, strict=True):
                full[position] = value
            outs = jax.tree.leaves(run(*jax.tree.unflatten(treedef, full)))
            return [outs[i] for i in kept]

        return list(jax.vjp(of_differentiable, *[leaves[i] for i in wrt])[1](list(seeds)))

    def never(leaves: Sequence[Any], seeds: Sequence[Any]) -> list[Any]:
        del seeds
        return [jnp.zeros_like(leaves[i]) for i in wrt]

    # Inside a branch XLA can neither merge the second computation with the first one nor start it
    # early. It does not know that the branch is always taken.
    seeds = [seeds[i] for i in kept]
    found = jax.lax.cond(_always(seeds), pull, never, leaves, seeds)
    gradients: list[Any] = [np.zeros(x.shape, jax_trace.float0) for x in leaves]
    for position, gradient in zip(wrt, found, strict=True):
        gradients[position] = gradient
    return jax.tree.unflatten(treedef, gradients)


def _always(seeds: Sequence[Any]) -> Any:
    """True, in a way that depends on the data: no number is both larger and smaller than 0."""
    first = jnp.sum(jnp.real(seeds[0]).ravel()[:1])
    return ~((first > 0) & (first < 0))
