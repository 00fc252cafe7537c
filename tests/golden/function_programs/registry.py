"""The programs' one list, what they are written against, and what becomes of their results."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from ..tape_programs import compare
from ..tape_programs import registry as tape_programs


class Program(NamedTuple):
    """One small program.

    Attributes:
        run: Takes a `Tf` and returns tensors, None, Python values, or structures of them.
        differs: Why glasstape gives something else on purpose; None when it does not.
        ours: What it gives then, as `describe` writes it.
        xfail: What keeps glasstape from giving what it should; None when nothing does.
    """

    run: Callable[[Tf], Any]
    differs: str | None
    ours: Any
    xfail: str | None


PROGRAMS: dict[str, Program] = {}

INSIDE = "a function called in another one is part of it: its Python runs for each such call"


def program(
    run: Callable | None = None,
    *,
    name: str | None = None,
    differs: str | None = None,
    ours: Any = None,
    xfail: str | None = None,
) -> Any:
    """Put a function on the list, under its topic (the module) and its name."""

    def add(run: Callable) -> Callable:
        key = f"{run.__module__.rpartition('.')[2]}/{name or run.__name__}"
        if key in PROGRAMS:
            raise KeyError(f"two programs are called {key}")
        PROGRAMS[key] = Program(run, differs, ours, xfail)
        return run

    return add if run is None else add(run)


class Tf:
    """``tensorflow`` or ``glasstape.tf`` as the programs see it, with what they ask it about.

    Args:
        module: One of the two.

    Attributes:
        errors: Those that `caught` has seen.
    """

    def __init__(self, module: Any):
        self._module = module
        self.errors: list[Exception] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)

    def caught(self, call: Callable, *args: Any, **kwargs: Any) -> Any:
        """The result of a call, or the type of its error."""
        try:
            return call(*args, **kwargs)
        except Exception as error:
            self.errors.append(error)
            return raised(error)

    @contextlib.contextmanager
    def printed(self, name: str = "stderr") -> Iterator[list[str]]:
        """Collect what is written to standard error or output, by Python or by others."""
        text: list[str] = []
        stream = getattr(sys, name)
        number = {"stdout": 1, "stderr": 2}[name]
        stream.flush()
        saved = os.dup(number)
        with tempfile.TemporaryFile("w+", buffering=1) as file:
            os.dup2(file.fileno(), number)
            setattr(sys, name, file)
            try:
                yield text
                _wait_for_effects()
            finally:
                setattr(sys, name, stream)
                file.flush()
                os.dup2(saved, number)
                os.close(saved)
                with open(os.dup(file.fileno()), newline="") as again:
                    again.seek(0)
                    text.append(again.read())


def _wait_for_effects() -> None:
    """JAX runs callbacks when it likes."""
    if "jax" in sys.modules:
        sys.modules["jax"].effects_barrier()


def raised(error: Exception) -> dict[str, str]:
    """The built-in classes it is of, the nearest first."""
    builtin = [c.__name__ for c in type(error).__mro__ if c.__module__ == "builtins"]
    return {"raises": " ".join(builtin[: builtin.index("Exception") + 1])}


def difference(got: Any, expected: Any) -> str | None:
    """What is not the same, in words; an error must be of the nearest class of the expected one."""
    return compare.difference(_as_expected(got, expected), expected)


def _as_expected(got: Any, expected: Any) -> Any:
    """`got` with errors that are of the expected class made the expected ones."""
    if isinstance(got, dict) and isinstance(expected, dict) and got.keys() == expected.keys():
        if set(got) == {"raises"}:
            return expected if expected["raises"].split()[0] in got["raises"].split() else got
        return {k: _as_expected(v, expected[k]) for k, v in got.items()}
    if isinstance(got, list) and isinstance(expected, list) and len(got) == len(expected):
        return [_as_expected(g, e) for g, e in zip(got, expected, strict=True)]
    return got


def run(name: str, tf: Tf) -> Any:
    """The result of a program, as `describe` writes it; its error where it raises one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of steps that are traced again and again
        return tf.caught(lambda: describe(PROGRAMS[name].run(tf)))


def describe(value: Any) -> Any:
    """A result as JSON takes it; that of tape programs, and records, specs and strings."""
    if isinstance(value, dict):
        if set(value) == {"raises"}:
            return value
        return {type(value).__name__: {str(k): describe(v) for k, v in value.items()}}
    if isinstance(value, list):
        return [describe(v) for v in value]
    if isinstance(value, tuple):
        parts = [describe(v) for v in value]
        return {type(value).__name__: parts}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        return {type(value).__name__: {n: describe(getattr(value, n)) for n in names}}
    if isinstance(value, str | bytes) or value is None or isinstance(value, np.dtype | type):
        return value.decode() if isinstance(value, bytes) else _word(value)
    return tape_programs.describe(value)


def _word(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else getattr(value, "name", str(value))


def layout(spec: Any) -> Any:
    """Shape and dtype of whatever stands for a tensor, such as ``float32[?,2]``; others stay."""
    if isinstance(spec, dict):
        return {k: layout(v) for k, v in spec.items()}
    if isinstance(spec, list | tuple):
        return type(spec)(map(layout, spec))
    if not hasattr(spec, "dtype"):
        return spec
    sizes = ["?" if n is None else str(n) for n in spec.shape]
    return f"{getattr(spec.dtype, 'name', spec.dtype)}[{','.join(sizes)}]"


def lines(text: list[str]) -> list[str]:
    """What `Tf.printed` has collected, line by line."""
    return text[0].split("\n")


def explanation(error: BaseException) -> str:
    """For a message: what was raised, and where."""
    return "".join(traceback.format_exception(error))
