"""The traces of a step with the programs made of them, found by the signature of a call."""

from __future__ import annotations

import weakref
from collections.abc import Hashable
from typing import Any

from glasstape.compiler.printing import switch
from glasstape.compiler.program import Probe, Program
from glasstape.compiler.queue import QueuedProgram
from glasstape.compiler.signature import Signature
from glasstape.compiler.step import Traced
from glasstape.compiler.verdicts import Judge
from glasstape.ports import keras_state


class _Changes:
    """Counts how often something has changed that traces depend on."""

    count = 0

    def __call__(self, *_: Any) -> None:
        self.count += 1


_changes = _Changes()
keras_state.trainable_listeners.append(_changes)
switch.listeners.append(_changes)


class Entry:
    """One trace.

    Args:
        name: The step's name.
        call: What it was made for.
        traced: What tracing it found.
        steps_per_call: How many calls may be run at a time.

    Attributes:
        key: Of the calls it is for.
        traced: Likewise.
        gradients: The variables whose gradients the step takes.
        programs: Those that have been made, by the probe that looks into them.
        plain: That without a probe, once it has been made.
    """

    def __init__(self, name: str, call: Signature, traced: Traced, steps_per_call: int = 1):
        self.key = call.key
        self.traced = traced
        self.gradients = traced.gradients
        self.programs: dict[Probe | None, Program] = {}
        self.plain: Program | None = None
        self._name = name
        self._judge = Judge(traced.errors)
        self._holds_since = -1
        self._queued = steps_per_call if steps_per_call > 1 and QueuedProgram.serves(traced) else 1

    def program(self, probe: Probe | None) -> Program:
        """The program with this probe; made when it is first asked for."""
        probe = probe if self.gradients else None  # else: one program, with a glass or without
        program = self.programs.get(probe)
        if program is None:
            # Of several threads that make one, only one may run: it has the state.
            program = self.programs.setdefault(probe, self._make(probe))
            self.plain = self.programs.get(None)
        return program

    def _make(self, probe: Probe | None) -> Program:
        if probe is None and self._queued > 1:
            return QueuedProgram(self._name, self.traced, self._judge, self._queued)
        return Program(self._name, self.traced, self._judge, probe)

    def is_complete(self, probe: Probe | None) -> bool:
        """Whether the programs with and without this probe have both been made."""
        return not self.gradients or (probe in self.programs and None in self.programs)

    def changed(self) -> str | None:
        """What makes this trace unfit for a call now, in words; None when it still holds."""
        if self._holds_since == _changes.count:
            return None
        count = _changes.count
        found = self._frozen() or self._printing()
        if found is None:
            self._holds_since = count
        return found

    def _printing(self) -> str | None:
        prints = self.traced.prints
        if switch.on and prints.silenced:
            return "printing was switched on"
        return "printing was switched off" if prints.printed and not switch.on else None

    def _frozen(self) -> str | None:
        pairs = zip(self.traced.state, self.traced.trainable, strict=True)
        changed = [(v, was) for v, was in pairs if v.trainable is not was]
        if not changed:
            return None
        variable, was = changed[0]
        others = f" (and {len(changed) - 1} more)" if len(changed) > 1 else ""
        became = "was trainable and is frozen now" if was else "was frozen and is trainable now"
        return f"variable `{variable.path}`{others} {became}"


class Table:
    """The entries of one step."""

    def __init__(self) -> None:
        self._entries: dict[Hashable, list[Entry]] = {}
        self._deaths: dict[Hashable, list[Any]] = {}
        self._kept: dict[Hashable, Any] = {}

    def __len__(self) -> int:
        return sum(map(len, self._entries.values()))

    def find(self, key: Hashable) -> Entry | None:
        """The trace for calls with this key, if there is one that still holds."""
        for entry in self._entries.get(key, ()):
            if entry.changed() is None:
                return entry
        return None

    def changed(self, key: Hashable) -> str | None:
        """Why the latest trace for this key does not hold any more."""
        entries = self._entries.get(key)
        return entries[-1].changed() if entries else None

    def add(self, call: Signature, entry: Entry) -> None:
        """Keep a trace for this call, as long as the objects live that the call's key is about."""
        self._entries.setdefault(call.key, []).append(entry)
        self._forget_with_objects(call)

    def entries(self, key: Hashable) -> list[Entry]:
        """All traces for this key, those that do not hold any more included."""
        return self._entries.get(key, [])

    def keep(self, call: Signature, value: Any) -> None:
        """Keep something about the calls with this key, as long as a trace would be kept."""
        self._kept[call.key] = value
        self._forget_with_objects(call)

    def kept(self, key: Hashable) -> Any:
        """What is kept, or None."""
        return self._kept.get(key)

    def _forget_with_objects(self, call: Signature) -> None:
        if call.key not in self._deaths:
            self._deaths[call.key] = [*self._watch(call)]

    def _watch(self, call: Signature) -> list[Any]:
        me, key = weakref.ref(self), call.key

        def gone(_: Any) -> None:
            table = me()
            if table is not None:
                table._entries.pop(key, None)
                table._deaths.pop(key, None)
                table._kept.pop(key, None)

        objects = [identity.reference() for identity in call.identities()]
        found = []
        for value in objects:
            try:
                found.append(weakref.ref(value, gone))
            except TypeError:  # kept alive by the key itself
                continue
        return found
