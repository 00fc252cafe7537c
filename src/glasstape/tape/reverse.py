"""The reverse pass: walks the records backwards and adds up cotangents.

In eager code the walk is compiled once per tape structure: the same operations connected the
same way give one cached program and one dispatch, whatever the values. Where an operation has a
gradient of the user's own, which may be another one each time, the walk is compiled up to there
and on from there. Inside a compiled step it runs inline and becomes part of that step.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax

from glasstape.ports.jax_trace import Operation, is_differentiable, is_tracer
from glasstape.tape import pullbacks
from glasstape.tape.record import Record

# A loop whose structure changes every step must not grow without bound.
CACHE_SIZE = 256

# What an outer tape's records call the gradient that an inner one took.
PROGRAM_NAME = "tape.gradient"

# Of XLA, as pairs.
Options = tuple[tuple[str, str], ...]


def unfused() -> Options:
    """Compile a walk of which every cotangent is wanted, and that is made once."""
    # XLA for CPU computes each cotangent in a fusion that begins at the target: of a chain of 400
    # operations it compiled 67 s, and 0.5 s without fusion.
    return (("xla_disable_hlo_passes", "fusion"),) if jax.default_backend() == "cpu" else ()


class Step(NamedTuple):
    """One operation of a `Plan`: slots instead of arrays."""

    operation: Operation
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    wrt: tuple[int, ...]


class Plan(NamedTuple):
    """The part of a tape that connects targets to sources, with arrays numbered as slots.

    Attributes:
        steps: The operations in recorded order.
        pullbacks: For each step its recorded pullback or None.
        arrays: The array of each slot.
        targets: Slots of the targets.
        sources: For each source the slots whose cotangents add up to its gradient.
    """

    steps: list[Step]
    pullbacks: list[Callable[[list[Any]], Sequence[Any]] | None]
    arrays: list[Any]
    targets: tuple[int, ...]
    sources: tuple[tuple[int, ...], ...]

    @property
    def key(self) -> Any:
        """Hashable; equal plans run the same program. None when an operation has no key."""
        steps = []
        for step in self.steps:
            if step.operation.key is None:
                return None
            steps.append((step.operation.key, step.inputs, step.outputs, step.wrt))
        return (tuple(steps), self.targets, self.sources)


def make_plan(
    records: Sequence[Record], targets: Sequence[Any], sources: Sequence[Sequence[Any]]
) -> Plan:
    """Keep what lies between `sources` and `targets` and number the arrays."""
    kept = _between(records, targets, [a for arrays in sources for a in arrays])
    slots: dict[int, int] = {}
    arrays: list[Any] = []

    def slot(array: Any) -> int:
        number = slots.get(id(array))
        if number is None:
            number = slots[id(array)] = len(arrays)
            arrays.append(array)
        return number

    target_slots = tuple(slot(t) for t in targets)
    source_slots = tuple(tuple(slot(a) for a in arrays_) for arrays_ in sources)
    steps = [
        Step(r.operation, tuple(map(slot, r.inputs)), tuple(map(slot, r.outputs)), wrt)
        for r, wrt in kept
    ]
    own = [r.pullback if wrt == r.known else None for r, wrt in kept]
    # Only what a pullback reads is an input of the compiled walk; outputs nobody reads again
    # would only cost dispatch time.
    return Plan(steps, own, arrays, target_slots, source_slots)


def _between(
    records: Sequence[Record], targets: Sequence[Any], sources: Sequence[Any]
) -> list[tuple[Record, tuple[int, ...]]]:
    """Records on a path from a source to a target, with the input positions on such a path."""
    from_source = {id(s) for s in sources}
    forward = []
    for record in records:
        wrt = tuple([i for i in record.known if id(record.inputs[i]) in from_source])
        if wrt:
            from_source.update(id(o) for o in record.outputs if is_differentiable(o))
            forward.append((record, wrt))
    to_target = {id(t) for t in targets}
    kept = []
    for record, wrt in reversed(forward):
        if any(id(o) in to_target for o in record.outputs):
            to_target.update(id(record.inputs[i]) for i in wrt)
            kept.append((record, wrt))
    kept.reverse()
    return kept


# Number of the step, cotangents of its outputs (None: zero), and what it passes on to ``wrt``.
Look = Callable[[int, Sequence[Any], Sequence[Any]], None]


def walk(
    plan: Plan, arrays: Sequence[Any], seeds: Sequence[Any], look: Look | None = None
) -> list[Any]:
    """Cotangents of the sources; None where no path leads to a source.

    Args:
        plan: What to walk.
        arrays: The array of each slot; None for slots no pullback reads.
        seeds: One cotangent a target, or None for ones.
        look: Is shown what arrives at each step and what it passes on.
    """
    keep = {s for slots in plan.sources for s in slots}
    cotangents: dict[int, Any] = {}

    def add(slot: int, value: Any) -> None:
        cotangents[slot] = cotangents[slot] + value if slot in cotangents else value

    for slot, seed in zip(plan.targets, seeds, strict=True):
        add(slot, jax.numpy.ones_like(arrays[slot]) if seed is None else seed)
    for number in reversed(range(len(plan.steps))):
        step, pull = plan.steps[number], plan.pullbacks[number]
        outs = [cotangents.get(o) if o in keep else cotangents.pop(o, None) for o in step.outputs]
        if all(c is None for c in outs):
            continue
        if pull is None:
            inputs = [arrays[i] for i in step.inputs]
            _, pull = pullbacks.linearize(step.operation, inputs, step.wrt)
        passed = pull(outs)
        if look is not None:
            look(number, outs, passed)
        for position, cotangent in zip(step.wrt, passed, strict=True):
            add(step.inputs[position], cotangent)
    gradients = []
    for slots in plan.sources:
        parts = [cotangents[s] for s in slots if s in cotangents]
        gradients.append(sum(parts[1:], parts[0]) if parts else None)
    return gradients


# What is computed of a plan: (plan, arrays, seeds) -> one result a source, None where no path is.
Walk = Callable[[Plan, Sequence[Any], Sequence[Any]], list[Any]]


class _ProgramCache:
    """Compiled walks by kind and plan key, least recently used out first."""

    def __init__(self) -> None:
        self._programs: OrderedDict[Any, Callable] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, how: Walk, key: Any, plan: Plan, options: Options) -> Callable:
        key = how, options, key
        with self._lock:
            program = self._programs.get(key)
            if program is None:
                # The plan in the closure must not keep a step's arrays alive.
                bare = plan._replace(arrays=[], pullbacks=[None] * len(plan.steps))
                function = lambda arrays, seeds: how(bare, arrays, seeds)  # noqa: E731
                function.__name__ = PROGRAM_NAME
                program = jax.jit(function, compiler_options=dict(options))
                self._programs[key] = program
                if len(self._programs) > CACHE_SIZE:
                    self._programs.popitem(last=False)
            else:
                self._programs.move_to_end(key)
            return program

    def __len__(self) -> int:
        return len(self._programs)

    def clear(self) -> None:
        self._programs.clear()


PROGRAMS = _ProgramCache()


def run(plan: Plan, seeds: Sequence[Any], how: Walk = walk, options: Options = ()) -> list[Any]:
    """Walk `plan`: compiled in eager code, inline inside a trace.

    Args:
        plan: What to walk.
        seeds: One cotangent a target, or None for ones.
        how: A function of the module's own, the same object each time.
        options: How it is compiled.
    """
    in_trace = any(map(is_tracer, plan.arrays)) or any(map(is_tracer, seeds))
    if in_trace or not plan.steps:
        return how(plan, plan.arrays, seeds)
    key = plan.key
    if key is None:
        return _in_pieces(plan, seeds, options) if how is walk else how(plan, plan.arrays, seeds)
    read = {i for step in plan.steps for i in step.inputs} | set(plan.targets)
    arrays = [a if i in read else None for i, a in enumerate(plan.arrays)]
    return PROGRAMS.get(how, key, plan, options)(arrays, list(seeds))


def _in_pieces(plan: Plan, seeds: Sequence[Any], options: Options) -> list[Any]:
    """`walk` when some operations have no key: what lies between them is compiled."""
    # A walk over nothing adds up what is given of each target.
    given = dict.fromkeys(plan.targets)
    bare = plan._replace(steps=[], pullbacks=[], sources=tuple((slot,) for slot in given))
    cotangents = dict(zip(given, walk(bare, plan.arrays, seeds), strict=True))
    kept = {slot for slots in plan.sources for slot in slots}
    for start, end in reversed(_pieces(plan.steps)):
        steps = plan.steps[start:end]
        outputs = {slot for step in steps for slot in step.outputs}
        arrives = [slot for slot in cotangents if slot in outputs]
        if not arrives:
            continue
        earlier = {slot for step in plan.steps[:start] for slot in step.outputs} | kept
        passed = dict.fromkeys([*arrives, *(step.inputs[i] for step in steps for i in step.wrt)])
        # What another way has brought there is added to.
        arrives += [s for s in passed if s in cotangents and s not in arrives]
        wanted = [slot for slot in passed if slot in earlier]
        piece = Plan(
            steps,
            plan.pullbacks[start:end],
            plan.arrays,
            tuple(arrives),
            tuple((slot,) for slot in wanted),
        )
        given_here = [cotangents.pop(slot) for slot in arrives]
        if steps[0].operation.key is None:
            found = walk(piece, plan.arrays, given_here)
        else:
            found = run(piece, given_here, options=options)
        cotangents |= {s: c for s, c in zip(wanted, found, strict=True) if c is not None}
    rest = plan._replace(steps=[], pullbacks=[], targets=tuple(cotangents))
    return walk(rest, plan.arrays, list(cotangents.values()))


def _pieces(steps: Sequence[Step]) -> list[tuple[int, int]]:
    """Start and end of each run of operations with a key, and of each one without."""
    pieces: list[tuple[int, int]] = []
    start = 0
    for i, step in enumerate(steps):
        if step.operation.key is None:
            pieces += [(start, i), (i, i + 1)]
            start = i + 1
    return [(a, b) for a, b in [*pieces, (start, len(steps))] if a < b]
