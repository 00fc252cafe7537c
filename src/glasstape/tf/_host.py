"""Calling Python from a step: `py_function` and `numpy_function`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental import io_callback

from glasstape import TensorSpec, sources
from glasstape.errors import HostFunctionError, NotKnownYetError, UncompiledError
from glasstape.ports import jax_trace
from glasstape.tf import _text
from glasstape.tf._convert import as_dtype, as_tensor, available


def py_function(
    func: Callable[..., Any] | None = None,
    inp: Sequence[Any] | None = None,
    Tout: Any = None,
    name: str | None = None,
) -> Any:
    """Call a Python function with tensors that have values, as ``tf.py_function``.

    In a compiled step the results' shapes must be known: by a `tf.TensorSpec` for each in `Tout`,
    or from the first call of the step, which then runs as plain Python. Where they differ from call
    to call, or a tape looks on, all calls do, with one warning.

    Args:
        func: Given the tensors. Left out when used as ``@tf.py_function(Tout=...)``.
        inp: What it is given.
        Tout: Dtype or `tf.TensorSpec` of its result, or a list of such for several.
        name: Accepted for TensorFlow's sake; unused.

    Returns:
        A tensor, or a list of them when `Tout` is a list; without `func`, a decorator.

    Raises:
        HostFunctionError: it returns another number of results than `Tout` says.
        TensorTypeError: it returns another dtype.

    Example:
        >>> import glasstape.tf as tf
        >>> float(tf.py_function(lambda x: float(x) ** 2, [3.0], tf.float32))
        9.0
    """
    del name
    if func is None:
        return _decorator(py_function, Tout)
    specs, tensors = _specs(Tout), [_tensor(x) for x in inp or ()]

    def run(*values: Any) -> list[Any]:
        results = _results(func(*values), specs)
        return [_tensor(r, s.dtype) for r, s in zip(results, specs, strict=True)]

    known = _Layouts(func, tensors)
    if jax_trace.is_eager():
        return _packed(known.noted(run(*tensors)), Tout)
    if jax_trace.is_recorded():
        raise _uncompiled("tf.py_function", "a call whose gradient may be asked for")
    specs = known.filled_in(specs, "tf.py_function")
    on_host = lambda *values: run(*(v if _is_text(v) else jnp.asarray(v) for v in values))  # noqa: E731
    return _packed(_call_host("tf.py_function", on_host, tensors, specs), Tout)


def numpy_function(
    func: Callable[..., Any] | None = None,
    inp: Sequence[Any] | None = None,
    Tout: Any = None,
    stateful: bool = True,
    name: str | None = None,
) -> Any:
    """Call a Python function with NumPy arrays, as ``tf.numpy_function``; it has no gradient.

    In a compiled step the results' shapes must be known: by a `tf.TensorSpec` for each in `Tout`,
    or from the first call of the step, which then runs as plain Python. Where they differ from call
    to call, all calls do, with one warning.

    Args:
        func: Given NumPy arrays. Left out when used as ``@tf.numpy_function(Tout=...)``.
        inp: What it is given, as tensors.
        Tout: Dtype or `tf.TensorSpec` of its result, or a list of such for several.
        stateful: Accepted for TensorFlow's sake; unused.
        name: Unused.

    Returns:
        A tensor, or a list of them when `Tout` is a list; without `func`, a decorator.

    Raises:
        HostFunctionError: it returns another number of results than `Tout` says, or, once the step
            is compiled, other shapes than before.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.numpy_function(np.median, [[1.0, 5.0, 2.0]], tf.float32).numpy().item()
        2.0
    """
    del stateful, name
    if func is None:
        return _decorator(numpy_function, Tout)
    specs, tensors = _specs(Tout), [_tensor(x) for x in inp or ()]
    tensors = [x if _is_text(x) else jax.lax.stop_gradient(x) for x in tensors]

    def run(*values: Any) -> list[Any]:
        arrays = [np.array(v)[()] for v in values]
        return _results(func(*arrays), specs)

    known = _Layouts(func, tensors)
    if jax_trace.is_eager():
        return _packed(known.noted([_tensor(r) for r in run(*tensors)]), Tout)
    specs = known.filled_in(specs, "tf.numpy_function")
    return _packed(_call_host("tf.numpy_function", run, tensors, specs), Tout)


def _decorator(call: Callable[..., Any], outputs: Any) -> Callable[..., Any]:
    """What ``@tf.py_function(Tout=...)`` does: each call of the function goes through `call`."""

    def decorate(func: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(func)
        def called(*args: Any) -> Any:
            return call(func, args, outputs)

        return called

    return decorate


def _tensor(value: Any, dtype: Any = None) -> Any:
    """A tensor of numbers, or of strings."""
    if dtype == _text.string or (dtype is None and _text.is_text(value)):
        return _text.as_strings(value)
    return as_tensor(value, dtype)


def _dtype(named: Any) -> Any:
    return _text.string if named in (_text.string, "string", str) else as_dtype(named)


def _is_text(tensor: Any) -> bool:
    return isinstance(tensor, _text.Strings)


def _specs(outputs: Any) -> list[TensorSpec]:
    """The results as `TensorSpec`; where only a dtype is given, the shape is None."""
    listed = outputs if isinstance(outputs, list | tuple) else [outputs]
    return [
        s if isinstance(s, TensorSpec) else TensorSpec(None, _dtype(s))
        for s in listed
        if s is not None
    ]


class _Layouts:
    """What a function returns, as far as its calls have shown.

    Args:
        func: The function.
        tensors: What it is given.
    """

    # The shapes by function and what it was given, each with what keeps the key from being used
    # again; None where they differ from call to call.
    _known: ClassVar[dict[Any, tuple[Any, list[Any] | None]]] = {}

    def __init__(self, func: Any, tensors: Sequence[Any]):
        owner, code = getattr(func, "__self__", None), getattr(func, "__func__", func)
        # A lambda is another one in each call, its code is not.
        self._kept = owner, getattr(code, "__code__", code)
        given = [None if _is_text(x) else (x.shape, x.dtype) for x in tensors]
        self._key = (*map(id, self._kept), *given)

    def noted(self, results: list[Any]) -> list[Any]:
        """The results of a call, which are tensors."""
        shapes = [None if _is_text(r) else r.shape for r in results]
        _, known = self._known.get(self._key, (None, shapes))
        self._known[self._key] = self._kept, shapes if shapes == known else None
        return results

    def filled_in(self, specs: list[TensorSpec], function: str) -> list[TensorSpec]:
        """The specs with the shapes that are known from calls.

        Raises:
            NotKnownYetError: there was no call yet.
        """
        if all(_is_exact(s) for s in specs):
            return specs
        if self._key not in self._known:
            raise _uncompiled(function, "a dtype alone, and no call so far", NotKnownYetError)
        shapes = self._known[self._key][1] or [None] * len(specs)
        pairs = zip(specs, shapes, strict=True)
        return [s if _is_exact(s) else _Learned(n, s.dtype) for s, n in pairs]


class _Learned(TensorSpec):
    """Of a result, as earlier calls had it."""


def _is_exact(spec: TensorSpec) -> bool:
    return spec.shape is not None and None not in spec.shape


def _packed(results: list[Any], outputs: Any) -> Any:
    if isinstance(outputs, list | tuple):
        return results
    return results[0] if results else None


def _results(returned: Any, specs: list[TensorSpec]) -> list[Any]:
    """What a function returned, one for each spec."""
    if returned is None and not specs:
        return []
    several = isinstance(returned, list | tuple) and len(specs) != 1
    results: list[Any] = [*returned] if several else [returned]  # pyright: ignore
    if len(results) == 1 and len(specs) == 1 and isinstance(returned, list | tuple):
        results = list(returned) if len(returned) == 1 else [returned]
    if len(results) == len(specs):
        return results
    raise HostFunctionError(
        "A function called from a step returned another number of results than it should.",
        expected=f"{len(specs)}, as Tout says",
        received=str(len(results)),
        fix="give Tout one dtype a result",
        where=sources.user_source(),
    )


def _call_host(
    function: str, run: Callable[..., Any], tensors: list[Any], specs: list[TensorSpec]
) -> list[Any]:
    """Call Python from the program."""
    unknown = [s for s in specs if not _is_exact(s) or s.dtype == _text.string]
    if unknown:
        raise _uncompiled(function, f"the dtype {unknown[0].dtype} alone")
    layouts = [jax.ShapeDtypeStruct(s.shape, available(s.dtype)) for s in specs]

    def on_host(*values: Any) -> list[Any]:
        numbers = iter(values)  # a program has no text: it belongs to the trace
        given = [x if _is_text(x) else next(numbers) for x in tensors]
        pairs = zip(run(*given), specs, layouts, strict=True)
        return [_fitting(function, r, spec, a) for r, spec, a in pairs]

    numbers = [x for x in tensors if not _is_text(x)]
    return list(io_callback(on_host, layouts, *numbers, ordered=True))


def _fitting(function: str, result: Any, spec: TensorSpec, layout: Any) -> np.ndarray:
    """A result as the program expects it."""
    array = np.asarray(result, layout.dtype)
    if isinstance(spec, _Learned) and array.shape != layout.shape:
        raise HostFunctionError(
            f"A function called by {function} returned another shape than in its calls before.",
            expected=f"shape {layout.shape}, for which the step was compiled",
            received=f"shape {array.shape}",
            fix="return one shape, or compute without @tf.function: a program has tensors of "
            "fixed sizes",
            where=sources.user_source(),
        )
    return array.reshape(layout.shape)


def _uncompiled(
    function: str, received: str, kind: type[UncompiledError] = UncompiledError
) -> UncompiledError:
    return kind(
        f"{function} is called in a compiled step, and what it returns is not known.",
        expected="the shape and dtype of each result, and no tape that looks on",
        received=received,
        fix="pass Tout=tf.TensorSpec(shape, dtype), or a list of them",
        where=sources.user_source(),
    )
