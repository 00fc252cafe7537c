"""The tape as a net of paths: which identities lead to which; holds no array.

It can outlive the tape's record, so that a gradient that was None can be explained afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from glasstape.ports import jax_cuts
from glasstape.ports.jax_cuts import Inside
from glasstape.sources import Mark
from glasstape.tape.record import Record, shapes
from glasstape.tape.recorder import Recorder
from glasstape.tape.shadows import Cut, Shadows


class Step(NamedTuple):
    """A record without its arrays.

    Attributes:
        name: Of the operation.
        mark: Where it ran.
        number: Its position among the records.
        result: Shape and dtype of what came out, as text.
        live: Identities of the inputs through which a gradient passes.
        dead: Identities of the other ones.
        outs: Identities of the outputs that are followed.
        cuts: What the inputs are shadows of.
        inside: The programs that the operation runs, or None.
        positions: Positions of `dead` among the inputs.
        inputs: Identities of all inputs, in order.
    """

    name: str
    mark: Mark
    number: int
    result: str
    live: frozenset[int]
    dead: frozenset[int]
    outs: frozenset[int]
    cuts: frozenset[Cut]
    inside: Inside | None
    positions: tuple[int, ...]
    inputs: tuple[int, ...]


class Trail(NamedTuple):
    """All steps and cuts of a tape in the order in which they happened."""

    places: list[Step | Cut]


class Finding(NamedTuple):
    """What is known of the way from a source to a target.

    Attributes:
        alive: Whether a gradient can come back.
        ends: Where it ends otherwise: the first step or cut of each way.
        last: The last step or cut that the source reaches, or None.
    """

    alive: bool
    ends: list[Step | Cut]
    last: Step | Cut | None


def make_trail(recorder: Recorder) -> Trail:
    """What `recorder` knows, without its arrays."""
    steps = [_step(i, r, recorder.shadows) for i, r in enumerate(recorder.records)]
    # A cut's number counts the records before it.
    return Trail(sorted([*recorder.cuts, *steps], key=lambda place: place.number))


def _step(number: int, record: Record, shadows: Shadows) -> Step:
    known = set(record.known)
    ids = [id(a) for a in record.inputs]
    dead = tuple([i for i in range(len(ids)) if i not in known])
    return Step(
        record.name,
        record.mark,
        number,
        shapes(record.outputs),
        frozenset(ids[i] for i in known),
        frozenset(ids[i] for i in dead),
        frozenset(map(id, record.followed_outputs)),
        shadows.behind(ids),
        jax_cuts.inside(record.operation),
        dead,
        tuple(ids),
    )


def find(
    trail: Trail, targets: Iterable[int], target_cuts: Iterable[Cut], sources: Iterable[int]
) -> Finding:
    """Look for a way from `sources` to `targets`.

    Args:
        trail: Where to look.
        targets: Identities of the targets.
        target_cuts: What the targets are shadows of.
        sources: Identities of what the source stands for.
    """
    wanted, needed = _leading_to(trail, set(targets), set(target_cuts))
    live, lost = set(sources), set[Any]()
    ends: list[Step | Cut] = []
    last: Step | Cut | None = None
    for place in trail.places:
        read = place.read if isinstance(place, Cut) else place.live
        passes, touched = not live.isdisjoint(read), not lost.isdisjoint(read)
        if isinstance(place, Cut):
            if passes or touched:
                lost.add(place)
                last = place
            if passes and place in needed:
                ends.append(place)
            continue
        blocked = not live.isdisjoint(place.dead)
        if passes:
            live |= place.outs
        elif touched or blocked or not lost.isdisjoint(place.dead | place.cuts):
            lost |= place.outs
        else:
            continue
        last = place
        if blocked and not wanted.isdisjoint(place.outs):
            reached = tuple([i for i in place.positions if place.inputs[i] in live])
            ends.append(place._replace(positions=reached))
    return Finding(not live.isdisjoint(targets), ends, last)


def _leading_to(trail: Trail, wanted: set[int], needed: set[Cut]) -> tuple[set[int], set[Cut]]:
    """The identities and the cuts from which some way leads to a target."""
    for place in reversed(trail.places):
        if isinstance(place, Cut):
            if place in needed:
                wanted |= place.read
        elif not wanted.isdisjoint(place.outs):
            wanted |= place.live | place.dead
            needed |= place.cuts
    return wanted, needed
