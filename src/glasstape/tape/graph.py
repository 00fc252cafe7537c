"""The tape as plain graph data: operations, tensors, variables, cuts, and the layers around."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from glasstape.sources import Call, Mark
from glasstape.tape.record import Record
from glasstape.tape.recorder import Recorder
from glasstape.tape.shadows import Cut

VERSION = 1


class Graph:
    """Collects nodes, edges and groups of a tape.

    Attributes:
        nodes: Dictionaries; a node's position is its id.
        edges: Dictionaries with the ids of two nodes.
        groups: One a call of a layer or loss; a layer that is called twice has two.
        arrays: For each node the arrays that come out of it.
    """

    def __init__(self, recorder: Recorder):
        self.nodes: list[dict[str, Any]] = []
        self.edges: list[dict[str, Any]] = []
        self.groups: list[dict[str, Any]] = []
        self.arrays: list[list[Any]] = []
        self._recorder = recorder
        self._calls: dict[int, int] = {}  # id of a call -> its group
        self._origins: dict[int, tuple[int, int]] = {}  # id of an array -> node, output
        self._cut_nodes: dict[Cut, int] = {}
        self._readers: dict[int, list[int | None]] = {}  # leaf -> groups of what reads it
        self._variables = {
            key: reads.variable for reads in recorder.reads.values() for key in reads.arrays
        }
        for place in _in_order(recorder):
            self._add_cut(place) if isinstance(place, Cut) else self._add_record(*place)
        for leaf, groups in self._readers.items():
            self.nodes[leaf]["group"] = self._around(groups)

    def _add_record(self, number: int, record: Record) -> None:
        node = self._add(
            "operation",
            record.name,
            record.mark,
            record.outputs,
            record=number,
            primitive=record.operation.name,
            kept_bytes=record.kept_bytes,
        )
        for position, array in enumerate(record.inputs):
            self._read(array, node, record.mark, position in record.known)
        for position, array in enumerate(record.outputs):
            self._origins[id(array)] = node, position

    def _add_cut(self, cut: Cut) -> None:
        node = self._cut_nodes[cut] = self._add("cut", cut.name, cut.mark, [], result=cut.result)
        followed = self._recorder.followed
        for array in [followed[key] for key in cut.read if key in followed]:
            self._read(array, node, cut.mark, False)

    def _read(self, array: Any, reader: int, mark: Mark, followed: bool) -> None:
        """Connect `array` to the node that reads it."""
        shadow = self._recorder.shadows.get(id(array))
        if id(array) not in self._recorder.followed and shadow is not None:
            for cut in sorted(shadow.cuts, key=lambda c: c.number):
                self._connect((self._cut_nodes[cut], 0), reader, array, False)
            return
        if id(array) not in self._origins:
            self._origins[id(array)] = self._add_leaf(array, mark), 0
        origin = self._origins[id(array)]
        if origin[0] in self._readers:
            self._readers[origin[0]].append(self._group(mark.call))
        self._connect(origin, reader, array, followed)

    def _add_leaf(self, array: Any, mark: Mark) -> int:
        variable = self._variables.get(id(array))
        watched = id(array) in self._recorder.followed
        kind = "variable" if variable is not None else "tensor" if watched else "constant"
        name = kind if variable is None else variable.path
        node = self._add(kind, name, mark, [array], watched=watched)
        self._readers[node] = []
        shadow = self._recorder.shadows.get(id(array))
        for cut in shadow.cuts if shadow is not None else ():
            self._connect((self._cut_nodes[cut], 0), node, array, False)
        return node

    def _add(self, kind: str, name: str, mark: Mark, outputs: Any, **more: Any) -> int:
        source = mark.source
        self.nodes.append(
            {
                "id": len(self.nodes),
                "kind": kind,
                "name": name,
                "group": self._group(mark.call),
                "layer": mark.layer,
                "source": {**source._asdict(), "text": source.text},
                "outputs": [layout(o) for o in outputs],
                **more,
            }
        )
        self.arrays.append(list(outputs))
        return len(self.nodes) - 1

    def _connect(self, origin: tuple[int, int], to: int, array: Any, followed: bool) -> None:
        node, output = origin
        ends = {"from": node, "output": output, "to": to, "followed": followed}
        self.edges.append({**ends, **layout(array)})

    # ----- groups -----

    def _group(self, call: Call | None) -> int | None:
        if call is None:
            return None
        group = self._calls.get(id(call))
        if group is None:
            parent = self._group(call.parent)
            group = self._calls[id(call)] = len(self.groups)
            names = {"name": call.name, "path": call.path}
            self.groups.append({"id": group, **names, "parent": parent})
        return group

    def _around(self, groups: list[int | None]) -> int | None:
        """The innermost group that holds all of `groups`."""
        shared = set.intersection(*[set(self._outwards(g)) for g in groups])
        return next((g for g in self._outwards(groups[0]) if g in shared), None)

    def _outwards(self, group: int | None) -> Iterator[int]:
        while group is not None:
            yield group
            group = self.groups[group]["parent"]


def _in_order(recorder: Recorder) -> Iterator[Cut | tuple[int, Record]]:
    """Records with their numbers, and cuts, as they happened."""
    cuts = iter([*recorder.cuts, None])
    cut = next(cuts)
    for number, record in enumerate(recorder.records):
        while cut is not None and cut.number <= number:
            yield cut
            cut = next(cuts)
        yield number, record
    while cut is not None:
        yield cut
        cut = next(cuts)


def layout(array: Any) -> dict[str, Any]:
    """Shape and dtype as plain data; a symbolic dimension becomes its name."""
    shape = [d if isinstance(d, int) else str(d) for d in getattr(array, "shape", ())]
    return {"shape": shape, "dtype": str(array.dtype)}


def as_data(graph: Graph, recorder: Recorder) -> dict[str, Any]:
    """The graph as dictionaries and lists, which `json.dumps` takes."""
    return {
        "version": VERSION,
        "nodes": graph.nodes,
        "edges": graph.edges,
        "groups": graph.groups,
        "watched_variables": [reads.variable.path for reads in recorder.reads.values()],
    }
