"""A contestant in a process of its own, told through pipes to run a block of steps.

The parent writes a number of steps a line; the child answers each with a line of JSON: the
seconds and the last loss, or the error. The first answer says who it is.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import contestants, machine
from benchmarks.case import Case

ROOT = Path(__file__).resolve().parents[1]


class WorkerError(RuntimeError):
    """The contestant cannot run here."""


class Worker:
    """A running contestant; calling it runs steps (see `benchmarks.contestants.Run`).

    Args:
        python: The interpreter.
        contestant: Its file name in `contestants/`.
        case: What it trains.
        environment: Variables to set on top.

    Attributes:
        title: The contestant's title.
        versions: Of the packages it uses.
        seconds: From the start of the process until it was ready for its first step.
    """

    def __init__(
        self, python: str, contestant: str, case: Case, environment: Mapping[str, str] | None = None
    ):
        start = time.perf_counter()
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed with the process
        self._process = subprocess.Popen(
            [python, "-m", "benchmarks.worker", contestant, *map(str, case)],
            cwd=ROOT,
            env=os.environ | _settings(contestant) | dict(environment or {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        ready = self._answer()
        self.seconds = time.perf_counter() - start
        self.title: str = ready["title"]
        self.versions: dict[str, str] = ready["versions"]

    def __call__(self, steps: int) -> tuple[float, float]:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{steps}\n")
        self._process.stdin.flush()
        answer = self._answer()
        return answer["seconds"], answer["loss"]

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        answer = json.loads(line) if line else {"error": self._last_words()}
        if "error" in answer:
            self.close()
            raise WorkerError(answer["error"])
        return answer

    def _last_words(self) -> str:
        self._errors.seek(0)
        return self._errors.read().strip()[-500:] or "the process ended without a word"

    def close(self) -> None:
        """End the process."""
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        self._process.wait(timeout=60)
        self._errors.close()


def _settings(contestant: str) -> dict[str, str]:
    return {
        "KERAS_BACKEND": contestants.interpreter(contestant),
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "GLASSTAPE_CACHE": "off",  # nothing of an earlier run, and nothing in the user's home
    }


def main() -> None:
    """The child's side."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a framework prints must not look like an answer

    def answer(**content: Any) -> None:
        print(json.dumps(content), file=answers, flush=True)

    contestant, net, *numbers = sys.argv[1:]
    try:
        module = contestants.load(contestant)
        run = module.prepare(Case(net, *map(int, numbers)))
        answer(title=module.TITLE, versions=machine.versions())
        for line in sys.stdin:
            seconds, loss = run(int(line))
            answer(seconds=seconds, loss=loss)
    except Exception as error:
        answer(error=f"{type(error).__name__}: {error}"[:500])
        raise


if __name__ == "__main__":
    main()
