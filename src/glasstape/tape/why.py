"""Why a gradient is None, zero or not finite, and where.

The way from the source to the target is looked for among the records and the cuts (`trail`);
when there is one, the reverse pass says where its numbers vanish (`vanishing`).
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from glasstape.ports import jax_cuts, jax_trace, keras_state
from glasstape.sources import UNKNOWN, Source
from glasstape.tape import reasons, vanishing
from glasstape.tape.record import Record, shape
from glasstape.tape.recorder import PassedOver, Recorder
from glasstape.tape.shadows import Cut
from glasstape.tape.trail import Finding, Step, find, make_trail


@dataclass(frozen=True, repr=False)
class Explanation:
    """Why a gradient is what it is; its text when printed. Holds no array.

    Attributes:
        kind: ``"alive"`` (there is a gradient), ``"zero"``, ``"nonfinite"``, or why it is None:
            ``"cut"`` (an operation ends the path), ``"left"`` (nothing recorded leads on),
            ``"target"`` (the target comes from nothing that is watched), ``"not_used"``,
            ``"not_read"``, ``"not_watched"``, ``"not_trainable"``, ``"stopped"`` (read while the
            tape did not record), ``"integer"`` (no derivative: whole numbers).
        text: The explanation in words.
        operation: The operation it is about, or None.
        source: Its file and line, or None.
        layer: Path of the Keras layer it belongs to, or None.
        record: Its position in `tape.records`, or None for an operation that is not recorded.
        norm: Norm of the gradient when it was computed, else None.
    """

    kind: str
    text: str
    operation: str | None = None
    source: Source | None = None
    layer: str | None = None
    record: int | None = None
    norm: float | None = None

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__


def explanation(
    kind: str,
    happened: str,
    *,
    place: Step | Cut | Record | None = None,
    number: int | None = None,
    inner: jax_cuts.InnerCut | None = None,
    source: Source | None = None,
    facts: Iterable[tuple[str, str | None]] = (),
    fix: str | None = None,
    norm: float | None = None,
) -> Explanation:
    """Put the text together: what happened, facts, where, and what to do."""
    layer = None
    if place is not None:
        source, layer = place.mark.source, place.mark.layer
    if inner is not None and inner.source is not UNKNOWN:
        source = inner.source
    lines = [happened, *[f"  {label}: {text}" for label, text in facts if text]]
    if source is not None:
        lines.append(f"  At: {source}")
        lines += [f"  Code: {source.text}"] if source.text else []
    lines += [f"  Layer: {layer}"] if layer else []
    lines += [f"  Do this: {fix}"] if fix else []
    name = place.name if place is not None else None
    number = place.number if isinstance(place, Step) else number
    return Explanation(
        kind,
        "\n".join(lines),
        inner.name if inner is not None else name,
        source,
        layer,
        number,
        norm,
    )


def label(source: Any) -> str:
    """What a source is called in a text."""
    if keras_state.is_variable(source):
        return f"variable {source.path!r}"
    return f"the {shape(source)} tensor"


# ----- no way, told without the tape's record -----


def missing(passed_over: dict[int, PassedOver], source: Any) -> Explanation:
    """Why the tape knows nothing of `source`."""
    none = f"The gradient with respect to {label(source)} is None: "
    if keras_state.is_variable(source):
        passed = passed_over.get(id(source))
        if passed is None or passed.variable() is not source:
            kind, read_at = "not_read", None
        else:
            kind, read_at = passed.reason, passed.mark.source
        happened, fix = reasons.VARIABLES[kind]
        return explanation(kind, none + happened.format(source), source=read_at, fix=fix)
    if not jax_trace.is_differentiable(source):
        return explanation("integer", none + reasons.INTEGER_SOURCE, fix=reasons.STAY_FLOATING)
    return explanation("not_watched", none + reasons.NOT_WATCHED, fix=reasons.WATCH)


def no_way(
    source: Any, found: Finding, target_is_known: bool, integer_target: str | None
) -> Explanation:
    """Why no way leads from a source the tape follows to the target."""
    none = f"The gradient with respect to {label(source)} is None: "
    if found.ends:
        return _cut(none, found.ends)
    if integer_target is not None:
        happened = f"the target holds {integer_target} numbers, which have no derivative."
        return explanation("integer", none + happened, fix=reasons.STAY_FLOATING)
    if found.last is not None:
        return _left(none, found.last, target_is_known)
    if not target_is_known:
        return explanation("target", none + reasons.TARGET, fix=reasons.COMPUTE_TARGET)
    return explanation("not_used", none + reasons.NOT_USED, fix=reasons.USE_SOURCE)


def _cut(none: str, ends: Sequence[Step | Cut]) -> Explanation:
    # Keras' argmax compares as well; of one line, the most telling operation is named.
    ends = sorted(ends, key=lambda end: not reasons.is_choice(end.name))
    place = ends[0]
    inner = _inside(place)
    name = place.name if inner is None else inner.name
    result = place.result if inner is None else shape(inner.result)
    unused = isinstance(place, Step) and inner is None
    where = f"inside `{place.name}` the path" if inner is not None else "the path"
    because, fix = reasons.of_cut(name, result, unused)
    elsewhere = [e for e in ends[1:] if e.mark.source != place.mark.source]
    others = ", ".join(f"`{e.name}` at {e.mark.source}" for e in elsewhere[:3])
    return explanation(
        "cut",
        f"{none}{where} is cut at `{name}`.",
        place=place,
        inner=inner,
        facts=[("Because", because), ("Another way is cut by", others)],
        fix=fix,
    )


def _inside(place: Step | Cut) -> jax_cuts.InnerCut | None:
    return None if place.inside is None else place.inside.first_cut(place.positions)


def _left(none: str, last: Step | Cut, target_is_known: bool) -> Explanation:
    target = "from other tensors only" if target_is_known else "from nothing that the tape watches"
    return explanation(
        "left",
        none + "nothing recorded leads from it to the target.",
        place=last,
        facts=[
            ("The target was computed", target),
            ("Last operation on the way", f"`{last.name}`, which gives {last.result}"),
        ],
        fix=reasons.STAY_ON_THE_TAPE,
    )


# ----- after the record is gone -----


class Past:
    """What can still be told of gradients that were None, once the tape's record is gone.

    Args:
        recorder: Before it is cleared.
        targets: What was asked for, as the user gave it, and its arrays.
        sources: The sources without a gradient, and their arrays.
    """

    def __init__(
        self,
        recorder: Recorder,
        targets: Sequence[tuple[Any, Any]],
        sources: Sequence[tuple[Any, Sequence[Any]]],
    ):
        arrays = [array for _, array in targets]
        self._passed_over = dict(recorder.passed_over)
        self._targets = [weakref.ref(target) for target, _ in targets]
        self._target_ids = [id(a) for a in arrays]
        self._target_cuts = recorder.shadows.behind(self._target_ids)
        self._target_is_known = _is_known(recorder, arrays)
        self._integer_target = _integer_target(arrays)
        self._sources = {id(s): (weakref.ref(s), [id(a) for a in own]) for s, own in sources}
        # Most often nobody read or watched the source, and the way is not needed.
        needs_trail = any(ids for _, ids in self._sources.values())
        self._trail = make_trail(recorder) if needs_trail else None

    def is_about(self, targets: Sequence[Any]) -> bool:
        """Whether just these targets were differentiated."""
        return [id(t) for t in targets] == [id(reference()) for reference in self._targets]

    def explain(self, source: Any) -> Explanation | None:
        """Why the gradient with respect to `source` was None; None when it was not."""
        reference, ids = self._sources.get(id(source), (None, []))
        if reference is None or reference() is not source:
            return None
        if not ids or self._trail is None:
            return missing(self._passed_over, source)
        found = find(self._trail, self._target_ids, self._target_cuts, ids)
        return no_way(source, found, self._target_is_known, self._integer_target)


# ----- while the record is there -----


def explain(
    recorder: Recorder, targets: Sequence[Any], source: Any, arrays: Sequence[Any]
) -> Explanation:
    """Why the gradient of `targets` with respect to `source` is what it is.

    Args:
        recorder: Of the tape.
        targets: Arrays.
        source: Tensor or variable.
        arrays: What it stands for in the record.
    """
    if not arrays:
        return missing(recorder.passed_over, source)
    ids = [id(t) for t in targets]
    found = find(make_trail(recorder), ids, recorder.shadows.behind(ids), [id(a) for a in arrays])
    integer = _integer_target(targets)
    if not found.alive or integer is not None:
        return no_way(source, found, _is_known(recorder, targets), integer)
    if any(map(jax_trace.is_tracer, [*targets, *arrays])):
        return explanation("alive", f"A way leads from {label(source)} to the target.", fix=LATER)
    return _with_numbers(
        recorder.records, source, vanishing.examine(recorder.records, targets, arrays)
    )


LATER = "ask in eager code for the numbers; those of a compiled step are known only when it runs"


def _with_numbers(
    records: Sequence[Record], source: Any, found: vanishing.Vanishing
) -> Explanation:
    gradient = f"The gradient with respect to {label(source)}"
    if found.kind == "alive":
        happened = f"{gradient} is not None: its norm is {found.norm:.6g}."
        return explanation("alive", happened, norm=found.norm)
    record = None if found.record is None else records[found.record]
    name = "the target" if record is None else f"`{record.name}`"
    if found.reason is vanishing.CANCEL:
        happened = f"{gradient} is zero: what the ways through {name} pass back adds up to 0."
        facts: list[tuple[str, str | None]] = []
    elif found.kind == "zero":
        happened = f"{gradient} is zero: it arrives at {name}, and only zeros leave."
        facts = [("Because", found.reason)]
    else:
        happened = (
            f"{gradient} is not finite: it arrives at {name} finite and leaves as NaN or inf."
        )
        facts = [("Inputs", None if record is None else vanishing.ranges(record))]
    if found.others:
        facts.append(("Other places like that", str(found.others)))
    return explanation(
        found.kind, happened, place=record, number=found.record, facts=facts, norm=found.norm
    )


def _is_known(recorder: Recorder, targets: Sequence[Any]) -> bool:
    """Whether any target was computed from something that the tape watches."""
    return any(id(t) in recorder.followed or id(t) in recorder.shadows for t in targets)


def _integer_target(targets: Sequence[Any]) -> str | None:
    """The dtype of the targets when none of them can be differentiated."""
    if not targets or any(map(jax_trace.is_differentiable, targets)):
        return None
    return ", ".join(sorted({str(t.dtype) for t in targets}))
