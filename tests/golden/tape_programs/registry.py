"""The programs' one list, what they are written against, and what becomes of their results."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

WAYS = ("eager", "function")


class Program(NamedTuple):
    """One small program.

    Attributes:
        run: Takes an `Api` and returns tensors, None, Python values, or structures of them.
        ways: Whether ``api.way`` leaves a function as it is, compiles it, or both.
        differs: Why glasstape gives something else on purpose; None when it does not.
        ours: What it gives then, as `describe` writes it.
        float64: Needs 64-bit numbers, which JAX has switched off.
    """

    run: Callable[[Api], Any]
    ways: tuple[str, ...]
    differs: str | None
    ours: Any
    float64: bool


PROGRAMS: dict[str, Program] = {}


def program(
    run: Callable | None = None,
    *,
    name: str | None = None,
    ways: tuple[str, ...] = ("eager",),
    differs: str | None = None,
    ours: Any = None,
    float64: bool = False,
) -> Any:
    """Put a function on the list, under its topic (the module) and its name."""

    def add(run: Callable) -> Callable:
        key = f"{run.__module__.rpartition('.')[2]}/{name or run.__name__}"
        if key in PROGRAMS:
            raise KeyError(f"two programs are called {key}")
        PROGRAMS[key] = Program(run, ways, differs, ours, float64)
        return run

    return add if run is None else add(run)


def both_ways(run: Callable | None = None, **options: Any) -> Any:
    """A program that runs twice: as it is and with ``api.way`` compiling."""
    return program(run, ways=WAYS, **options)


def cases() -> list[tuple[str, str]]:
    """All pairs of a program's name and a way."""
    return [(name, way) for name, program in PROGRAMS.items() for way in program.ways]


class Api:
    """What a program may use: the same names for TensorFlow and for glasstape.

    Args:
        module: ``tensorflow`` or ``glasstape``.
        keras: Keras on the backend that belongs to it.
        way: One of `WAYS`.
    """

    def __init__(self, module: Any, keras: Any, way: str = "eager"):
        for name in ("GradientTape", "UnconnectedGradients", "Variable", "custom_gradient",
                     "function", "recompute_grad", "stop_gradient"):  # fmt: skip
            setattr(self, name, getattr(module, name))
        self.keras = keras
        self.ops = keras.ops
        self.way = module.function if way == "function" else lambda f: f

    def constant(self, value: Any, dtype: str | None = None) -> Any:
        """A tensor; Python floats become float32."""
        return self.ops.convert_to_tensor(value, dtype)

    def slope(self, f: Callable, *sources: Any, **options: Any) -> Any:
        """The gradients of ``f(*sources)`` in all sources; that of a single one is no list."""
        with self.GradientTape() as tape:
            tape.watch(sources)
            y = f(*sources)
        found = tape.gradient(y, list(sources), **options)
        return found if len(sources) > 1 else found[0]

    def gradient(self, f: Callable, *sources: Any, **options: Any) -> Any:
        """The same in the case's way."""
        return self.way(lambda *arrays: self.slope(f, *arrays, **options))(*sources)

    def layer(self, layer: Any, *input_shape: int | None) -> Any:
        """A built layer with weights that need no random numbers."""
        layer.build(input_shape)
        layer.set_weights([_pattern(w.shape) for w in layer.get_weights()])
        return layer


def _pattern(shape: tuple[int, ...]) -> np.ndarray:
    """Positive for vectors, which may be variances."""
    numbers = np.sin(np.arange(1, np.prod(shape) + 1, dtype=np.float64)).reshape(shape)
    return (0.5 * numbers if len(shape) > 1 else 1 + 0.1 * numbers).astype(np.float32)


def run(name: str, api: Api) -> Any:
    """The result of a program, as `describe` writes it; raises what the program raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of integers that are watched, and the like
        return describe(PROGRAMS[name].run(api))


def describe(value: Any) -> Any:
    """A result as JSON takes it: ``{"float32[2]": [1.0, 2.0]}``, ``{"tuple": [...]}``, ..."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, dict):
        return {"dict": {key: describe(v) for key, v in value.items()}}
    if isinstance(value, tuple):
        return {"tuple": [describe(v) for v in value]}
    if isinstance(value, list):
        return [describe(v) for v in value]
    return _describe_array(value)


def _describe_array(value: Any) -> dict[str, list]:
    if hasattr(value, "values") and hasattr(value, "indices"):  # rows of an embedding's gradient
        shape = [int(n) for n in value.dense_shape]
        dense = np.zeros(shape, value.values.dtype.as_numpy_dtype)
        np.add.at(dense, np.asarray(value.indices), np.asarray(value.values))
        value = dense
    array = np.asarray(value)
    name = f"{array.dtype.name}[{','.join(map(str, array.shape))}]"
    if array.dtype.kind == "c":
        array = np.stack([array.real, array.imag], -1)
    numbers = array.astype(np.float64).ravel().tolist()
    return {name: [_seven_digits(n) for n in numbers]}


def _seven_digits(number: float) -> float:
    """What single precision holds; whole numbers without a point."""
    rounded = float(f"{number:.7g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 1e7 else rounded
