"""When a step is traced for any size, when for the sizes of one call, and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from glasstape import sources
from glasstape.compiler.callables import Parameters
from glasstape.compiler.relax import pattern as patterns
from glasstape.compiler.relax.any_size import AnySize
from glasstape.compiler.relax.pattern import Pattern, Seen, Sizes
from glasstape.compiler.relax.questions import Questions, place
from glasstape.compiler.retrace import Note, arguments
from glasstape.compiler.signature import Signature
from glasstape.compiler.spec import TensorSpec
from glasstape.compiler.step import Traced
from glasstape.compiler.table import Entry, Table
from glasstape.errors import StepTypeError
from glasstape.ports import jax_exact, jax_symbolic

_UNKNOWN_RANK = "how many dimensions its arguments have is not known"


class Made(NamedTuple):
    """A trace.

    Attributes:
        call: What it is for; a `TensorSpec` stands for inputs of several sizes.
        traced: What it found.
        note: What to tell about it.
    """

    call: Signature
    traced: Traced
    note: Note


class _Refused(Exception):
    """One trace for several sizes is not possible.

    Args:
        reason: In words.
        always: Whether it would not be for other sizes either.
    """

    def __init__(self, reason: str, always: bool = True):
        super().__init__(reason)
        self.reason, self.always = reason, always


class Relaxing:
    """Keeps, for one step, which sizes vary.

    Args:
        table: The step's traces.
        parameters: Those of the Python step.
        name: Its name.
        specs: Those of its input signature, one for each of the first inputs.
        learn: Whether a size may vary once it has (`reduce_retracing`).
    """

    def __init__(
        self,
        table: Table,
        parameters: Parameters,
        name: str,
        specs: Sequence[TensorSpec],
        learn: bool,
    ):
        self._table = table
        self._parameters = parameters
        self._name = name
        self._specs = specs
        self._learn = learn
        self._has_any = False  # a trace for several sizes

    def find(self, call: Signature) -> Entry | None:
        """A trace for any size that serves this call; the table knows the call from then on."""
        for entry in self._candidates(call):
            if entry.changed() is None and _serves(entry.traced.staged, call):
                self._table.add(call, entry)
                return entry
        return None

    def changed(self, call: Signature) -> str | None:
        """Why a trace does not serve this call though its arguments are of those it is for."""
        for entry in reversed(self._candidates(call)):
            program: Any = entry.traced.staged
            sizes = program.sizes(call.inputs)
            if sizes is not None:
                broken = program.broken(sizes)
                return entry.changed() or (str(broken) if broken else _failure(program, sizes))
            unequal = program.unequal(call.inputs)
            if unequal is not None:
                a, b = unequal
                return f"two sizes that were equal in all calls so far are {a} and {b} now"
        return None

    def trace(self, call: Signature, trace: Callable[[Signature], Traced]) -> Made:
        """Trace a step for a call that no earlier trace serves.

        Args:
            call: The call.
            trace: Traces the step.

        Raises:
            StepTypeError: the call is one of `TensorSpec`s with Nones, and each size needs a trace
                of its own.
            Exception: whatever the step raises.
        """
        sizes, refusal = patterns.sizes_of(call.inputs), _UNKNOWN_RANK
        if sizes is not None:
            seen = self._seen(call)
            seen.note(sizes, self._learn)
            refusal = self._assumed_otherwise(call)
            if refusal is None:
                made, refusal = _for_any_size(call, seen, sizes, trace)
                if made is not None:
                    return made
        if not _is_exact(call):
            raise self._no_size(call, refusal)
        return Made(call, trace(call), Note(refusal=refusal, learns=self._learn))

    def _assumed_otherwise(self, call: Signature) -> str | None:
        """What JAX would take to be otherwise for this call in any trace for several sizes."""
        for entry in self._candidates(call):
            program: Any = entry.traced.staged
            sizes = program.sizes(call.inputs)
            broken = program.broken(sizes) if sizes and entry.changed() is None else None
            if broken is not None and broken.assumed:
                return str(broken)
        return None

    def keep(self, call: Signature, made: Made, entry: Entry) -> None:
        """Let the table know a new trace."""
        self._table.add(call, entry)
        if made.call is not call:
            self._table.add(made.call, entry)  # for `get_concrete_function`
            self._table.add(patterns.by_rank(call), entry)
            self._has_any = True

    def _candidates(self, call: Signature) -> Sequence[Entry]:
        if not self._has_any or patterns.sizes_of(call.inputs) is None:
            return ()
        return self._table.entries(patterns.by_rank(call).key)

    def _seen(self, call: Signature) -> Seen:
        ranks = patterns.by_rank(call)
        seen = self._table.kept(ranks.key)
        if seen is None:
            leaves = arguments(self._parameters, *call.arguments())
            names = [leaf.name for leaf in leaves if leaf.kind == "tensor"]
            seen = Seen(self._open_sizes(call), patterns.names_of(names, call.inputs))
            self._table.keep(ranks, seen)
        return seen

    def _open_sizes(self, call: Signature) -> list[bool]:
        """For each dimension whether its spec in the input signature leaves it open."""
        found: list[bool] = []
        for number, value in enumerate(call.inputs):
            spec = self._specs[number] if number < len(self._specs) else None
            shape = value.shape if spec is None or spec.shape is None else spec.shape
            found += [n is None for n in shape]
        return found

    def _no_size(self, call: Signature, refusal: str | None) -> StepTypeError:
        return StepTypeError(
            f"{self._name} cannot be traced once for all sizes.",
            expected="a step whose Python runs without the sizes that are None",
            received=f"{call.describe()}: {refusal}",
            fix="give the sizes, or call the step with arrays: it is then traced for each size",
            where=sources.user_source(),
        )


def _is_exact(call: Signature) -> bool:
    return all(not isinstance(v, TensorSpec) or v.is_exact for v in call.inputs)


def _serves(program: Any, call: Signature) -> bool:
    sizes = program.sizes(call.inputs)
    if sizes is None or program.broken(sizes) is not None:
        return False
    return _failure(program, sizes) is None


def _failure(program: AnySize, sizes: dict[str, int]) -> str | None:
    """Why there is no program for these sizes, or None; the step's own trace may have one."""
    try:
        program.exact(sizes)
    except Exception as error:  # of JAX' many
        return _reason(error)
    return None


def _for_any_size(
    call: Signature, seen: Seen, sizes: Sizes, trace: Callable[[Signature], Traced]
) -> tuple[Made | None, str | None]:
    """A trace for more sizes than those of the call, or why there is none."""
    if seen.refusal is not None:
        return None, seen.refusal
    reason = None
    for pattern in seen.patterns(sizes):
        try:
            return _trace(call, pattern, trace), None
        except _Refused as refused:
            reason = reason or refused.reason
            if not refused.always:
                return None, refused.reason
    seen.refusal = reason
    return None, reason


def _trace(call: Signature, pattern: Pattern, trace: Callable[[Signature], Traced]) -> Made:
    sizes = pattern.match(patterns.sizes_of(call.inputs) or ())
    described = pattern.describe(call)
    questions = Questions(sizes)
    symbols = jax_symbolic.Symbols(pattern.symbols, patterns.LEAST)
    placeholders = pattern.placeholders(call, symbols)
    try:
        with jax_symbolic.answering(questions, symbols.scope):
            traced = trace(described._replace(inputs=placeholders))
    except Exception as error:
        raise _Refused(questions.refusal or _reason(error)) from error
    if questions.refusal is not None:  # and the step went on without the answer
        raise _Refused(questions.refusal)
    _refuse_kept_sizes(traced)
    program: Any = AnySize(traced.staged, pattern, questions)
    if sizes is not None:
        _refuse_this_size(program, sizes)
    return Made(described, traced._replace(staged=program), Note(call=described))


def _refuse_kept_sizes(traced: Traced) -> None:
    """What runs outside the program, or later, would have a symbol where the size is meant."""
    kept = jax_exact.kept_sizes(traced.staged.program)
    if kept is not None:
        raise _Refused(f"a function called by `{kept}` keeps a size")
    if jax_symbolic.mentions_size(list(traced.out_static.values())):
        raise _Refused("a text that the step returns has a size in it")
    if jax_symbolic.mentions_size([line.leaves for line in traced.prints.lines]):
        raise _Refused("a text that the step prints has a size in it")


def _refuse_this_size(program: AnySize, sizes: dict[str, int]) -> None:
    broken = program.broken(sizes)
    if broken is not None:
        raise _Refused(str(broken), always=False)
    failure = _failure(program, sizes)
    if failure is not None:
        raise _Refused(failure, always=False)


def _reason(error: Exception) -> str:
    """Which of the user's lines raised it, and what it says."""
    frames = sources.user_frames(error.__traceback__)
    text = next(iter(str(error).strip().splitlines()), "")
    where = f"{place(frames[-1])}: " if frames else ""
    return f"{where}{type(error).__name__}: {text}"
