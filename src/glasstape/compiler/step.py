"""Tracing a Python step: what it reads, writes, differentiates, prints and must hold."""

from __future__ import annotations

import functools
import operator
import weakref
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from glasstape import sources
from glasstape.compiler import checks, structures
from glasstape.compiler.callables import name_of
from glasstape.compiler.held import Held
from glasstape.compiler.printing import PrintRecorder, Prints
from glasstape.compiler.relax.found import FoundSizes, uncompiled
from glasstape.compiler.signature import Signature
from glasstape.compiler.spec import TensorSpec
from glasstape.errors import (
    ArgumentsChangedError,
    TracerLeakError,
    UncompiledError,
    VariableCreationError,
)
from glasstape.guards import events, nonfinite
from glasstape.ports import (
    jax_assign,
    jax_program,
    jax_symbolic,
    jax_trace,
    keras_scopes,
    keras_state,
)
from glasstape.ports.jax_trace import is_differentiable
from glasstape.ports.keras_births import Births

_ARRAYS = (jax.Array, np.ndarray, np.generic, bool, int, float, complex)
_TEXT = np.dtype(object)


class StepScope(events.Listener):
    """Collects everything a step does while it is traced; lives for one trace."""

    def __init__(self, verdict_before: Any) -> None:
        self.trace = jax_trace.current_trace()
        self.scope = keras_scopes.LiftScope(self._read, self._write)
        self.prints = PrintRecorder(self.is_outermost, self.owns)
        self.state: list[Any] = []  # variables in the order of their first read
        self.initial: dict[int, Any] = {}
        self.gradients: list[tuple[Any, Any]] = []
        self.verdict = checks.Verdict(verdict_before)
        self.at_once = False  # whether a call is to wait for its verdict
        self.sizes = FoundSizes()
        self._taken: list[events.GradientTaken] = []  # whose loss is not checked yet

    def is_outermost(self) -> bool:
        """True while the step itself is traced, and no loop or branch inside it."""
        return jax_trace.below_tapes(jax_trace.current_trace()) is self.trace

    def owns(self, value: Any) -> bool:
        """True for concrete values and values of the step itself, not of a loop inside it."""
        return not jax_trace.is_tracer(value) or jax_trace.trace_of(value) is self.trace

    def __enter__(self) -> StepScope:
        events.push(self)
        self.prints.__enter__()
        self.scope.__enter__()
        return self

    def __exit__(self, *exc_info: Any) -> None:
        self.sizes.close()
        self.scope.__exit__(*exc_info)
        self.prints.__exit__(*exc_info)
        events.pop(self)

    def forget(self) -> None:
        """Let go of everything at once: its parts refer to each other."""
        vars(self).clear()

    # ----- state -----

    def _read(self, variable: Any) -> Any:
        shape, dtype = keras_state.layout(variable)
        value = jax_program.bind_read(self.trace, len(self.state), shape, dtype)
        self.state.append(variable)
        self.initial[id(variable)] = value
        return value

    def _write(self, variable: Any, value: Any) -> Any:
        if not self.owns(value):
            raise TracerLeakError(
                f"The variable {variable.path!r} was assigned inside a compiled loop or branch.",
                expected="a value computed by the step itself",
                received=f"a {value.dtype}{list(value.shape)} value of a jax.lax loop, branch or "
                "mapped function, which exists only in there",
                fix="return the value from the loop and assign it after the loop",
                where=sources.user_source(3),
            )
        inside_tape = jax_trace.is_recorded()
        with jax_trace.set_current_trace(self.trace):
            if any(variable is v for event in self._taken for v in event.variables):
                self._check_losses()  # an update by hand
            before = self.initial.get(id(variable), value)  # none, of one that was just created
            value = self.verdict.hold(id(variable), value, before)
            # A tape around the step finds the variable here, and not what was assigned to it; one
            # inside the step sees to that itself.
            outside = is_differentiable(value) and not inside_tape
            return jax_assign.assigned(value, before) if outside else value

    def new_values(self) -> list[Any]:
        """What the written variables hold after the step."""
        values = self.scope.values
        return [
            self.verdict.hold_late(k, values[k], self.initial.get(k, values[k]))
            for k in self.scope.written
        ]

    # ----- events -----

    def gradient_taken(self, event: events.GradientTaken) -> Sequence[Any]:
        """Put a barrier around the gradients, keep them for the glass, check the loss."""
        positions = [i for i, g in enumerate(event.gradients) if g is not None]
        gradients = list(event.gradients)
        if not positions or not all(self.owns(gradients[i]) for i in positions):
            return gradients
        for i, g in zip(
            positions, jax_program.barrier([gradients[i] for i in positions]), strict=True
        ):
            gradients[i] = g
            self.gradients.append((event.variables[i], g))
        if nonfinite.is_guarded() and all(map(self.owns, event.targets)):
            self._taken.append(event)
        return gradients

    def update_applied(self, event: events.UpdateApplied) -> None:
        """An optimizer is about to write: from here on the losses decide."""
        del event
        if self.is_outermost():
            self._check_losses()

    def branch_wrote(self, event: events.BranchWrote) -> None:
        """Where the program decides about an update itself, the loss does not."""
        written = {id(v) for v in event.variables}
        self._taken = [e for e in self._taken if written.isdisjoint(map(id, e.variables))]

    def must_hold(self, event: events.MustHold) -> bool:
        """Check it when the program runs, unless it belongs to a loop inside the step."""
        if not self.is_outermost() or not self.owns(event.holds):
            return False
        self.at_once = self.at_once or event.at_once
        failed = jnp.logical_not(event.holds)
        self.verdict.add(checks.Check(failed, jnp.int32(0), lambda _: event.error()))
        return True

    def found_size(self, count: Any, most: int) -> Any:
        """Of the step itself; not of a loop inside it, which may go on with another one."""
        is_ours = self.is_outermost() and self.owns(count)
        return self.sizes.of(count, most) if is_ours else None

    def _check_losses(self) -> None:
        """Check every loss whose gradients were taken since the last update.

        All at once and not only the one that is applied first: a check that comes after a write
        keeps XLA from overwriting in place (see `Verdict.hold`).
        """
        taken, self._taken = self._taken, []
        for event in taken:
            self._add(checks.loss_check(event))

    def labels_used(self, event: events.LabelsUsed) -> None:
        """Check the labels when the program runs."""
        if self.owns(event.labels):
            self._add(checks.label_check(event))

    def _add(self, check: checks.Check | None) -> None:
        if check is not None and self.owns(check.failed):
            self.verdict.add(check)


class Traced(NamedTuple):
    """A step as data.

    Attributes:
        staged: The program; inputs are the call's arrays and then the verdict.
        state: Variables whose values go in, in order.
        trainable: Whether each of them was trainable when the trace began.
        written: Variables whose values come out, in order.
        gradients: Variables whose gradients come out, in order (a variable may be named twice).
        prints: What to print after each call.
        errors: For each check the maker of its error.
        out_tree: Structure of the step's result.
        out_static: The leaves of the result that are not arrays, by position.
        num_outputs: How many arrays the result has.
        origin: The trace it was made in; gone unless somebody keeps it.
        at_once: Whether a call waits for its checks.
    """

    staged: jax_program.Staged
    state: Held
    trainable: list[bool]
    written: Held
    gradients: Held
    prints: Prints
    errors: list[Callable[[int], Exception]]
    out_tree: Any
    out_static: dict[int, Any]
    num_outputs: int
    origin: weakref.ref[Any]
    at_once: bool = False

    @property
    def output_layouts(self) -> list[Any]:
        """Shape and dtype of each array of the result."""
        first = len(self.written) + len(self.gradients) + bool(self.errors)
        return self.staged.out_layouts[first : first + self.num_outputs]


def trace_step(function: Callable[..., Any], signature: Signature, births: Births) -> Traced:
    """Run `function` under a trace and collect what it does.

    Once; twice, as in TensorFlow, when it creates variables from tensors of its own: their values
    are found out by running the program, and then they exist.
    """
    found, before, program = _trace_once(function, signature, births)
    if births.computed:
        _initialize(program, found["state"], signature, births)
        found, before, program = _trace_once(function, signature, births)
    found["trainable"] = [before.get(id(v), v.trainable) for v in found["state"]]
    given = {id(leaf) for leaf in signature.leaves if keras_state.is_variable(leaf)}
    for which in ("state", "written", "gradients"):
        found[which] = Held(found[which], given)
    return Traced(program, **found)


def _trace_once(function: Callable[..., Any], signature: Signature, births: Births) -> Any:
    found: dict[str, Any] = {}
    births.begin()
    with keras_state.noting_trainable() as before:
        inputs = [*map(_placeholder, signature.inputs), checks.EMPTY_VERDICT]
        traced = functools.partial(_staged, function, signature, births, found)
        program = jax_program.Staged(traced, inputs)
    found["state"] = [found["state"][i] for i in program.reads]
    sizes = found.pop("sizes")
    return found, before, sizes.with_room(program) if sizes.any else program


def _staged(
    function: Callable[..., Any],
    signature: Signature,
    births: Births,
    found: dict[str, Any],
    *inputs: Any,
) -> list[Any]:
    """The step as a function of its arrays and the verdict; puts what it does into `found`."""
    args, kwargs = signature.arguments(list(inputs[:-1]))
    given = structures.flatten((args, kwargs))
    step = StepScope(verdict_before=inputs[-1])
    births.owns = step.owns
    found["sizes"] = step.sizes
    with step:
        result = _result(function, args, kwargs, step.sizes)
        _check_unchanged(given, (args, kwargs), function)
        outputs, found["out_tree"], found["out_static"] = _split_result(result)
        new = step.new_values()
        verdict = [step.verdict.after()] if step.verdict.errors else []
    found["state"] = step.state
    found["written"] = list(step.scope.written.values())
    found["gradients"] = [v for v, _ in step.gradients]
    found["errors"] = step.verdict.errors
    found["at_once"] = step.at_once
    found["prints"] = step.prints.finished()
    found["num_outputs"] = len(outputs)
    found["origin"] = weakref.ref(step.trace)
    # The barrier keeps what follows (probes, outputs) from changing the update's arithmetic.
    new = jax_program.barrier(new)
    gradients, printed = [g for _, g in step.gradients], step.prints.tensors
    step.forget()
    births.owns = _nothing
    if births.computed:
        return [tensor for _, tensor in births.computed]
    return [*new, *gradients, *verdict, *outputs, *printed]


def _result(function: Callable[..., Any], args: Any, kwargs: Any, sizes: FoundSizes) -> Any:
    try:
        return function(*args, **kwargs)
    except Exception as error:
        # With a size that is known it may do.
        if not sizes.any or isinstance(error, UncompiledError):
            raise
        raise uncompiled(f"{type(error).__name__}: {error}", error) from error


def _nothing(_: Any) -> bool:
    return False


def _initialize(
    program: jax_program.Staged, state: list[Any], signature: Signature, births: Births
) -> None:
    """Give the variables that were created from tensors of the step the tensors' values."""
    values = [keras_state.raw_value(v) for v in state]

    def run(filling: int) -> list[Any]:
        inputs = [_filled(v, filling) for v in (*signature.inputs, checks.EMPTY_VERDICT)]
        with jax_trace.eval_context():
            # As one program, which leaves out what they do not depend on.
            return jax.jit(program.run)(values, inputs)

    found = run(0)
    by_spec = any(isinstance(v, TensorSpec) for v in signature.inputs)
    if by_spec and not all(map(np.array_equal, found, run(1))):
        raise VariableCreationError(
            "A variable was created from an argument that is only known by its TensorSpec.",
            expected="an initial value that does not depend on what the step is called with",
            received="one that does",
            fix="call the step once before get_concrete_function, or create the variable outside",
            where=sources.user_source(),
        )
    for (variable, _), value in zip(births.computed, found, strict=True):
        keras_state.set_raw_value(variable, value)


def _filled(value: Any, filling: int) -> Any:
    if not isinstance(value, TensorSpec):
        return value
    return np.full(
        [n if isinstance(n, int) else 2 for n in value.shape or ()], filling, value.dtype
    )


def _placeholder(value: Any) -> Any:
    if isinstance(value, TensorSpec):
        return jax.ShapeDtypeStruct(value.shape, value.dtype)
    return value


def _check_unchanged(given: structures.Flat, arguments: Any, function: Callable[..., Any]) -> None:
    """What the step did to lists and dicts it was given would happen only while it is traced."""
    now = structures.flatten(arguments)
    same = now.treedef == given.treedef and all(map(operator.is_, now.leaves, given.leaves))
    if not same:
        raise ArgumentsChangedError(
            f"{name_of(function)} changes an argument it was called with: a list, dict or record.",
            expected="arguments that are only read; a compiled step runs its Python once, so "
            "later calls would not change them",
            received="other contents after the step than before it",
            fix="change a copy of the argument and return it",
            where=sources.definition(function),
        )


def _is_array(leaf: Any) -> bool:
    """Whether a program can return it; text it cannot."""
    return isinstance(leaf, _ARRAYS) and getattr(leaf, "dtype", None) != _TEXT


def _split_result(result: Any) -> tuple[list[Any], Any, dict[int, Any]]:
    """Arrays of the result, its structure, and the leaves that are not arrays."""
    leaves, treedef = structures.flatten(result, none_is_leaf=False)
    arrays: list[Any] = []
    static: dict[int, Any] = {}
    for position, leaf in enumerate(leaves):
        if keras_state.is_variable(leaf):
            arrays.append(leaf.value)
        elif _is_array(leaf) or jax_symbolic.is_symbolic(leaf):
            array = jnp.asarray(leaf)
            # Handed on to another step, a weakly typed number would trace it once more.
            arrays.append(
                jax.lax.convert_element_type(array, array.dtype) if array.weak_type else array
            )
        else:
            static[position] = leaf
    return arrays, treedef, static
