"""The passes, which of them are on, and a program as they make it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

import jax

from glasstape import sources
from glasstape.compiler.passes import (
    convolution,
    depthwise,
    few_channels,
    joined,
    late_sums,
    max_pool,
    nested,
    product,
    random_bits,
    residuals,
    reversals,
    turned,
    wide_kernel,
)
from glasstape.environment import OFF, ON
from glasstape.errors import PassError
from glasstape.ports.jax_program import Equation, Rewrite, Staged, rewritten

VARIABLE = "GLASSTAPE_PASSES"
PASSES: dict[str, Rewrite] = {
    "max_pool_gradient": max_pool.rewrite,
    "few_channels_gradient": few_channels.rewrite,
    "onednn_convolution": convolution.rewrite,
    "onednn_product": product.rewrite,
    "depthwise_convolution": depthwise.rewrite,  # where oneDNN is not there
    "wide_kernel_convolution": wide_kernel.rewrite,  # likewise
    "nested_convolution": nested.rewrite,  # likewise, and for what is neither
    "joined_products": joined.rewrite,
    "turned_before_loop": turned.rewrite,
    "sums_after_loop": late_sums.rewrite,
    "random_bits_in_a_row": random_bits.rewrite,
}
# These take a program as a whole, before the others go through its operations.
WHOLE: dict[str, Callable[[Any], Any]] = {
    "recomputed_residuals": residuals.rewrite,
    "cancelled_reversals": reversals.rewrite,
}
NAMES = (*WHOLE, *PASSES)
# What was said with `passes`; the environment decides about the others.
_said: dict[str, bool] = {}


def passes(**switches: bool) -> dict[str, bool]:
    """Say which passes programs go through that are compiled from now on, and read it.

    A pass replaces operations of a `function`'s program for which XLA's own code is slow on CPUs;
    docs/passes.md has the list. All are on. The environment variable ``GLASSTAPE_PASSES`` does the
    same for programs one does not want to edit: ``off``, or names with a minus before them,
    separated by commas.

    Args:
        **switches: For each pass, by name, whether it is to be on.

    Returns:
        Each pass with whether it is on now.

    Raises:
        PassError: there is no such pass, or a switch is not True or False.

    Example:
        >>> import glasstape as gt
        >>> gt.passes(max_pool_gradient=False)["max_pool_gradient"]
        False
        >>> gt.passes(max_pool_gradient=True)["max_pool_gradient"]
        True
    """
    _check(switches)
    wrong = {name: on for name, on in switches.items() if not isinstance(on, bool)}
    if wrong:
        name, value = next(iter(wrong.items()))
        raise PassError(
            f"passes was given neither True nor False for {name}.",
            expected="True or False",
            received=repr(value),
            fix=f"passes({name}=False) switches it off",
            where=sources.user_source(),
        )
    _said.update(switches)
    return {name: _is_on(name) for name in NAMES}


def applied(staged: Staged) -> Staged:
    """A step's program as the passes make it that are on.

    One for any size is left as it is, and each of the exact ones it becomes goes through them.
    """
    if jax.default_backend() != "cpu" or staged.any_size:
        return staged
    active = [rewrite for name, rewrite in PASSES.items() if _is_on(name)]

    def first(equation: Equation) -> Callable[..., object] | None:
        return next(filter(None, (rewrite(equation) for rewrite in active)), None)

    program = staged.program
    for name, rewrite in WHOLE.items():
        program = rewrite(program) if _is_on(name) else program
    program = rewritten(program, first) if active else program
    return staged if program is staged.program else staged.replaced(program)


def _is_on(name: str) -> bool:
    return _said.get(name, name not in _off_by_environment())


def _off_by_environment() -> set[str]:
    said = os.environ.get(VARIABLE, "").strip().lower()
    if said in ON:
        return set()
    if said in OFF:
        return set(NAMES)
    words = [word.strip() for word in said.split(",") if word.strip()]
    names = [word.removeprefix("-") for word in words]
    _check(names, f"the environment variable {VARIABLE}={said}")
    return {name for word, name in zip(words, names, strict=True) if word.startswith("-")}


def _check(names: Iterable[str], where: str = "passes") -> None:
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        raise PassError(
            f"There is no pass {unknown[0]!r}, which {where} names.",
            expected=f"some of {', '.join(NAMES)}",
            received=repr(unknown[0]),
            fix="gt.passes() lists them",
            where=sources.user_source(),
        )
