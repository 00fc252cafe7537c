"""What a picture of the tape needs: the graph, and the numbers at each of its points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glasstape.ports.jax_trace import is_tracer
from glasstape.tape import statistics
from glasstape.tape.cotangents import cotangents
from glasstape.tape.graph import Graph, as_data
from glasstape.tape.record import kept_bytes
from glasstape.tape.recorder import Recorder


def with_numbers(recorder: Recorder, targets: Sequence[Any]) -> dict[str, Any]:
    """The graph with statistics of every value and, given targets, of every gradient.

    One program in all, the walk back. Inside a compiled step there are no numbers to look at, and
    only the structure is told.
    """
    graph = Graph(recorder)
    data = as_data(graph, recorder)
    arrays = [a for own in graph.arrays for a in own]
    eager = not any(map(is_tracer, [*arrays, *targets]))
    if eager:
        gradients = _gradients(recorder, targets, arrays)
        measured = statistics.measure([*arrays, *gradients])
        values, slopes = iter(measured[: len(arrays)]), iter(measured[len(arrays) :])
        for node, own in zip(graph.nodes, graph.arrays, strict=True):
            node["values"] = [_as_data(next(values)) for _ in own]
            node["gradients"] = [_as_data(next(slopes)) for _ in own]
    ids = {id(t) for t in targets}
    for node, own in zip(graph.nodes, graph.arrays, strict=True):
        node["target"] = any(id(a) in ids for a in own)
    kept = kept_bytes(recorder.records)
    return {**data, "has_values": eager, "has_target": eager and bool(targets), "kept_bytes": kept}


def _gradients(recorder: Recorder, targets: Sequence[Any], arrays: Sequence[Any]) -> list[Any]:
    followed = [i for i, a in enumerate(arrays) if id(a) in recorder.followed]
    found: list[Any] = [None] * len(arrays)
    if targets:
        seeds = [None] * len(targets)
        wanted = [arrays[i] for i in followed]
        for i, g in zip(
            followed, cotangents(recorder.records, targets, seeds, wanted), strict=True
        ):
            found[i] = g
    return found


def _as_data(found: statistics.Statistics | None) -> dict[str, float] | None:
    return None if found is None else found._asdict()
