"""One run of the command: what is asked for, and the contestants that are open."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from benchmarks import contestants, machine
from benchmarks.case import Case, cases
from benchmarks.contestants import Run
from benchmarks.race import Effort, race, rounds
from benchmarks.worker import Worker, WorkerError

# Programs compared to a percent run in one process, on one heap and one thread pool.
IN_THIS_PROCESS = (
    "glasstape_function", "glasstape_many", "jax_hand_written", "jax_hand_written_again",
    "jax_hand_written_many", "glasstape_fed_data",
)  # fmt: skip
# How far first losses may differ; two libraries' dropout masks are not the same.
TOLERANCE, TOLERANCE_WITH_DROPOUT = 1e-3, 0.3


class Entrant(NamedTuple):
    """A contestant that runs in fresh processes.

    Attributes:
        contestant: Its file name in `contestants/`.
        environment: Variables to set for it; without any, nothing is kept on disk.
    """

    contestant: str
    environment: Mapping[str, str] = {"JAX_ENABLE_COMPILATION_CACHE": "false"}


@dataclass
class Bench:
    """One run of the command.

    Attributes:
        nets: Which nets and GANs.
        pythons: The interpreter for each of ``"jax"``, ``"tensorflow"``, ``"torch"`` given.
        effort: How much to measure.
        pairs: How many processes of each contestant for the first call and the first step.
        against: Only these contestants; None for all.
        versions: Of the packages met so far.
        failures: Which contestants could not run, and why.
    """

    nets: list[str]
    pythons: dict[str, str]
    effort: Effort
    pairs: int
    against: list[str] | None = None
    versions: dict[str, str] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def cases(self) -> list[Case]:
        """The nets with all their batch sizes."""
        return [case for case in cases(self.nets) if not case.is_gan]

    def gans(self) -> list[Case]:
        """The GANs."""
        return [case for case in cases(self.nets) if case.is_gan]

    def wanted(self, contestant: str) -> bool:
        """Whether it shall and can run."""
        chosen = self.against is None or contestant in self.against
        return chosen and contestants.interpreter(contestant) in self.pythons

    @contextlib.contextmanager
    def open(
        self, names: list[str], case: Case, compare_losses: bool = True
    ) -> Iterator[dict[str, tuple[str, Run]]]:
        """Title and run of each contestant that can run: compiled, the first losses compared."""
        with contextlib.ExitStack() as stack:
            opened: dict[str, tuple[str, Run]] = {}
            losses: dict[str, float] = {}
            for name in names:
                try:
                    title, run = self._start(name, case, stack)
                    losses[title] = run(1)[1]
                except WorkerError as error:
                    self.failures[f"{name}, {case.title}"] = str(error)
                else:
                    opened[name] = title, run
            if compare_losses:  # of the same step
                _check_losses(losses, case)
            yield opened

    def race(
        self, names: list[str], case: Case, compare_losses: bool = True, multiple: int = 1
    ) -> dict[str, tuple[str, list[float]]]:
        """Title and seconds a step, block by block, of each contestant that can run."""
        with self.open(names, case, compare_losses) as opened:
            runs = {name: run for name, (_, run) in opened.items()}
            seconds = race(runs, self.effort, multiple)
        return {name: (title, seconds[name]) for name, (title, _) in opened.items()}

    def _start(self, name: str, case: Case, stack: contextlib.ExitStack) -> tuple[str, Run]:
        if name in IN_THIS_PROCESS:
            module = contestants.load(name)
            self.versions |= machine.versions()
            return module.TITLE, module.prepare(case)
        worker = self.worker(name, case)
        stack.callback(worker.close)
        return worker.title, worker

    def in_fresh_processes(
        self, entrants: Mapping[str, Entrant], case: Case, timed: Callable[[Worker], float]
    ) -> dict[str, tuple[str, list[float]]]:
        """Title and seconds of each entrant, a process of its own each time, in turns."""
        found: dict[str, tuple[str, list[float]]] = {}
        for keys in rounds(list(entrants), self.pairs):
            for key in keys:
                title, seconds = self.in_a_fresh_process(entrants[key], case, timed)
                found.setdefault(key, (title, []))[1].append(seconds)
        return found

    def in_a_fresh_process(
        self, entrant: Entrant, case: Case, timed: Callable[[Worker], float]
    ) -> tuple[str, float]:
        """Title and seconds of an entrant."""
        worker = self.worker(entrant.contestant, case, **entrant.environment)
        try:
            return worker.title, timed(worker)
        finally:
            worker.close()

    def worker(self, name: str, case: Case, **environment: str) -> Worker:
        """A fresh process with one contestant."""
        python = self.pythons[contestants.interpreter(name)]
        worker = Worker(python, name, case, environment)
        self.versions = worker.versions | self.versions
        return worker


def _check_losses(losses: dict[str, Any], case: Case) -> None:
    """The contestants must do the same work, or their times mean nothing."""
    tolerance = TOLERANCE_WITH_DROPOUT if case.definition.RANDOM else TOLERANCE
    if losses and max(losses.values()) - min(losses.values()) > tolerance * max(losses.values()):
        raise RuntimeError(
            f"The contestants do not train the same net ({case.title}).\n"
            f"  Expected: first losses that agree to {tolerance:g}\n"
            f"  Received: {losses}"
        )
