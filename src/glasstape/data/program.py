"""A chain of mapped functions as one compiled program, checked against its eager run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from glasstape.data import border
from glasstape.data.structure import leaves, map_structure
from glasstape.guards import events

if TYPE_CHECKING:
    from glasstape.data.mapping import Chain

# Fused operations round otherwise; half-precision numbers have three digits.
_TOLERANCE = {1: 0.1, 2: 1e-2, 4: 1e-5, 8: 1e-10}


class Program:
    """A chain compiled for one shape; `batch` elements at a time, or one when it is 0."""

    def __init__(self, chain: Chain, batch: int):
        import jax

        def one(element: Any, number: Any, of_pass: Any) -> Any:
            with no_variables():
                mapped = chain.run(element, of_pass, number)
            return map_structure(jax.numpy.asarray, mapped)

        def many(elements: Any, start: Any, of_pass: Any) -> Any:
            numbers = start + jax.numpy.arange(batch, dtype="uint32")
            return jax.vmap(one, in_axes=(0, 0, None))(elements, numbers, of_pass)

        self._function = many if batch else one
        self._compiled = jax.jit(self._function)

    def __call__(self, elements: Any, number: int, of_pass: int) -> Any:
        """Map one element, or a batch of them that begins with element `number`."""
        with border.eagerly():
            return self._compiled(
                map_structure(border.fit, elements), np.uint32(number), np.uint32(of_pass)
            )

    def needs_python(self, *arguments: Any) -> bool:
        """Whether it calls Python while it runs, leaves traces outside, or may refuse elements."""
        import jax

        with looking() as demands:
            staged = jax.make_jaxpr(self._function)(*arguments)
        return demands.are_made or bool(staged.effects) or "callback" in str(staged)


class _Demands(events.Listener):
    """Notes whether something must hold when a program runs."""

    are_made = False

    def must_hold(self, event: events.MustHold) -> bool:
        """An element's own run checks it."""
        del event
        self.are_made = True
        return True


def no_variables() -> contextlib.AbstractContextManager[Any]:
    """A scope in which a function that is traced can create no variables."""
    import keras  # noqa: F401 - first: when it is imported it has our scopes imported, too

    from glasstape.ports.keras_scopes import NoVariablesScope

    return NoVariablesScope()


@contextlib.contextmanager
def looking() -> Iterator[_Demands]:
    """A function is traced to see what it does; the trace does not run."""
    demands = _Demands()
    events.push(demands)
    try:
        yield demands
    finally:
        events.pop(demands)


def compile_chain(chain: Chain, element: Any, batch: int, at: tuple[int, int]) -> Program | None:
    """The program, when it gives what the steps give one by one; otherwise None."""
    if any(leaf.dtype.kind == "O" or hasattr(leaf, "element_spec") for _, leaf in leaves(element)):
        return None  # JAX arrays hold numbers only
    program = Program(chain, batch)
    elements = map_structure(lambda a: np.stack([a] * batch), element) if batch else element
    # Whatever goes wrong in here, an element's own run says it better: it has numbers to show.
    with contextlib.suppress(Exception), border.eagerly():
        fitted = map_structure(border.fit, elements)
        if program.needs_python(fitted, np.uint32(at[0]), np.uint32(at[1])):
            return None
        mapped = program(elements, *at)
        expected = chain.run(border.to_host_tensors(element), at[1], at[0])
        first = map_structure(lambda a: a[0], mapped) if batch else mapped
        return program if _agree(first, expected) else None
    return None


def _agree(one: Any, other: Any) -> bool:
    pairs = zip(leaves(one), leaves(other), strict=True)
    return all(path == other_path and _close(a, b) for (path, a), (other_path, b) in pairs)


def _close(one: Any, other: Any) -> bool:
    a, b = np.asarray(one), border.fit(np.asarray(other))
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    if a.dtype.kind not in "fcV":
        return bool((a == b).all())
    tolerance = _TOLERANCE[min(a.dtype.itemsize, 8)]
    scale = np.abs(b.astype(complex)).max(initial=0.0, where=np.isfinite(b))
    return np.allclose(a.astype(complex), b.astype(complex), tolerance, tolerance * scale, True)
