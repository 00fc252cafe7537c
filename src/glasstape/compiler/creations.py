"""Variables a step creates: once, and never anew at each call.

A compiled step runs its Python once. A variable that the step would create each time it runs
would then live on from call to call, which is not what the same step does in eager code; so it is
refused, as TensorFlow refuses it. Optimizer slots and layers that are not built yet belong to
objects from outside the step, and are created once whichever call is the first to need them.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import Any

from glasstape.compiler.callables import name_of
from glasstape.compiler.signature import Signature
from glasstape.compiler.step import Traced, trace_step
from glasstape.errors import VariableCreationError
from glasstape.ports.keras_births import Birth, Births, watched


def trace(function: Callable[..., Any], call: Signature, is_first: bool) -> Traced:
    """Trace a step and see to it that what it creates is created once.

    Args:
        function: The step.
        call: The call it is traced for.
        is_first: Whether it has not been traced before; later traces may create nothing.

    Raises:
        VariableCreationError: the step creates a variable, or an object that has some, which
            nobody keeps, or does so in a later trace.
    """
    name = name_of(function)

    def refuse_later(birth: Birth) -> None:
        raise _refusal(name, birth, "in a call that is not the first one")

    births = Births(None if is_first else refuse_later)
    with watched(births):
        traced = trace_step(function, call, births)
    if births.computed:  # though those of the first trace exist by now
        variable = births.computed[0][0]
        born = [b for b in births.variables if b.reference() is variable]
        raise _refusal(name, (born or births.variables)[0], "which nothing keeps after the step")
    owners = births.owners()
    if owners and not is_first:
        refuse_later(owners[0])
    lost = _lost_variable(births, traced) or _lost_owner(owners)
    if lost is not None:
        raise _refusal(name, lost, "which nothing keeps after the step")
    return traced


def _lost_variable(births: Births, traced: Traced) -> Birth | None:
    """A variable created in the step that its objects and its closure do not hold on to."""
    for birth in births.variables:
        variable = birth.reference()
        if variable is None:
            return birth
        # Ours: the lists of what is traced, the local name, the argument of the count.
        lists = (traced.state, traced.written, traced.gradients)
        ours = 2 + sum(v is variable for variables in lists for v in variables)
        if sys.getrefcount(variable) <= ours:
            return birth
    return None


def _lost_owner(owners: list[Birth]) -> Birth | None:
    """Likewise, of layers and the like."""
    if owners:
        # They refer to themselves. The collector was held back, so they are young; a pass over all
        # objects of Keras and JAX would take a quarter of a second.
        gc.collect(1)
    return next((birth for birth in owners if birth.reference() is None), None)


def _refusal(name: str, birth: Birth, when: str) -> VariableCreationError:
    return VariableCreationError(
        f"{name} creates {birth.text} {when}.",
        expected="variables, layers, metrics and optimizers that are created once: outside the "
        "step, or in its first call if they are kept",
        received=f"{birth.text} created at {birth.source}; its variables would be new at each call "
        "of the Python step, but the same ones at each call of the compiled step",
        fix="create it outside the step, or keep it on an object: `if self.v is None: self.v = "
        "gt.Variable(...)`",
        where=birth.source,
    )
