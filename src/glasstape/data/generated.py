"""Elements of Python generators, and of other libraries' datasets, checked and made arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from glasstape.data import checks
from glasstape.data.structure import as_array, map_structure
from glasstape.errors import DatasetError


class Form(NamedTuple):
    """What an array of an element must be like; `shape` None is any, a size of None any size."""

    shape: tuple[int | None, ...] | None
    dtype: np.dtype


def signature(types: Any, shapes: Any, specs: Any) -> Any:
    """A structure of `Form`, from either way to say it."""
    if specs is not None:
        if types is not None or shapes is not None:
            raise checks.wrong(
                "Dataset.from_generator was told twice what its elements look like.",
                "output_signature, or output_types and output_shapes",
                "both",
                "leave out output_types and output_shapes",
            )
        return map_structure(_of_spec, _tuples(specs))
    if types is None:
        raise checks.wrong(
            "Dataset.from_generator does not know what its elements look like.",
            "output_signature, such as tf.TensorSpec([28, 28], tf.float32)",
            "neither output_signature nor output_types",
            "pass output_signature",
        )
    types = _tuples(types)
    if shapes is None:
        return map_structure(lambda t: Form(None, _dtype(t)), types)
    taken = iter(_shapes(shapes, types))
    return map_structure(lambda t: Form(_shape(next(taken)), _dtype(t)), types)


def _tuples(structure: Any) -> Any:
    """As in TensorFlow, a list stands for a tuple in a signature."""
    if isinstance(structure, list) or type(structure) is tuple:
        return tuple(map(_tuples, structure))
    return structure


def _shapes(shapes: Any, types: Any) -> Iterator[Any]:
    if isinstance(types, dict):
        for key, value in types.items():
            yield from _shapes(shapes[key], value)
    elif isinstance(types, tuple):
        for shape, value in zip(shapes, types, strict=True):
            yield from _shapes(shape, value)
    else:
        yield shapes


def _shape(shape: Any) -> tuple[int | None, ...] | None:
    if shape is None:
        return None
    if hasattr(shape, "as_list"):
        return None if shape.rank is None else tuple(shape.as_list())
    if isinstance(shape, int):
        return (shape,)
    return tuple(None if n is None else int(n) for n in shape)


def _of_spec(value: Any) -> Form:
    if not hasattr(value, "shape") or not hasattr(value, "dtype"):
        raise checks.wrong(
            "Dataset.from_generator was given a signature that is none.",
            "a structure of TensorSpec",
            repr(value),
            "write for example output_signature=tf.TensorSpec([28, 28], tf.float32)",
        )
    return Form(_shape(value.shape), _dtype(value.dtype))


def _dtype(value: Any) -> np.dtype:
    """Of a dtype or its name; text is bytes."""
    if value is str or getattr(value, "name", value) in ("string", "str", "object"):
        return np.dtype(object)
    names = {float: "float32", int: "int32", "half": "float16"}
    return np.dtype(getattr(value, "as_numpy_dtype", names.get(value, value)))


def elements(generator: Callable[..., Any], args: tuple, form: Any) -> Iterator[Any]:
    """One pass."""
    for number, value in enumerate(generator(*args)):
        yield _fitted(value, form, number)


def _fitted(value: Any, form: Any, number: int) -> Any:
    try:
        return _map(lambda f, v: _array(v, f, number), form, value)
    except DatasetError:
        raise
    except (ValueError, KeyError, TypeError):
        expected, received = _names(form), _names(value)
        raise _unfit("another structure", number, expected, received) from None


def _map(function: Callable[..., Any], form: Any, value: Any) -> Any:
    if isinstance(form, Form):
        return function(form, value)
    if isinstance(form, dict):
        if not isinstance(value, dict) or set(value) != set(form):
            raise ValueError
        return {k: _map(function, f, value[k]) for k, f in form.items()}
    if not isinstance(value, tuple) or len(value) != len(form):
        raise ValueError
    parts = [_map(function, f, v) for f, v in zip(form, value, strict=True)]
    return type(form)(*parts) if hasattr(form, "_fields") else tuple(parts)


def _array(value: Any, form: Form, number: int) -> np.ndarray:
    array = _converted(value, form, number)
    fits = form.shape is None or (
        len(form.shape) == array.ndim
        and all(n in (None, m) for n, m in zip(form.shape, array.shape, strict=True))
    )
    if not fits:
        expected = f"shape {['any' if n is None else n for n in form.shape or ()]}"
        raise _unfit("another shape", number, expected, f"shape {list(array.shape)}")
    return array


def _converted(value: Any, form: Form, number: int) -> np.ndarray:
    array = as_array(value)
    if form.dtype.kind == "O" or array.dtype.kind == "O":
        if form.dtype.kind == array.dtype.kind:
            return array
    elif array.dtype == form.dtype:
        return np.array(array)  # the generator may write into its own again
    elif not array.size or _widens(array, form.dtype):
        return array.astype(form.dtype)
    received = f"{array.reshape(-1)[:1]} of dtype {array.dtype}"
    raise _unfit("another dtype", number, f"dtype {form.dtype}", received)


def _widens(array: np.ndarray, dtype: np.dtype) -> bool:
    """As TensorFlow: numbers change their precision, but neither fractions nor digits are lost."""
    if array.dtype.kind in "ui" and dtype.kind in "ui":
        return bool((array.astype(dtype) == array).all())
    return np.can_cast(array.dtype, dtype, "same_kind") or array.dtype.kind in "bui"


def _names(value: Any) -> str:
    if isinstance(value, Form) or not isinstance(value, dict | tuple | list):
        return "array"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k!r}: {_names(v)}" for k, v in value.items()) + "}"
    return f"({', '.join(map(_names, value))})"


def _unfit(what: str, number: int, expected: str, received: str) -> DatasetError:
    return checks.wrong(
        f"The generator yielded {what} than it was announced to (element {number}, from 0).",
        expected,
        received,
        "let it yield that, or change output_signature",
    )


def adopted(element: Any) -> Any:
    """An element of another library's dataset: its tensors as arrays."""
    if isinstance(element, list):
        element = tuple(element)
    if isinstance(element, dict):
        return {k: adopted(v) for k, v in element.items()}
    if isinstance(element, tuple):
        parts = [adopted(v) for v in element]
        return type(element)(*parts) if hasattr(element, "_fields") else tuple(parts)
    return as_array(element)
