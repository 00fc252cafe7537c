"""What all translated functions share: checks of dtypes, errors that explain, functional models.

The body of a translated function is the translation alone. `translated` wraps it: a
`keras.KerasTensor` among the arguments makes it a node of the functional model, and what JAX or
Keras refuse is told in our form. It also adds to the docstring what all functions have in common.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import keras
import numpy as np

from glasstape import sources
from glasstape.errors import GlassTapeError, TensorTypeError
from glasstape.tf import _mixed, _text_moves
from glasstape.tf._convert import as_tensor, as_tensors, is_tensor
from glasstape.tf._dtype import DType

_F = TypeVar("_F", bound=Callable[..., Any])

# Kinds of dtypes, as one letter each.
_WORDS = {"b": "bool", "i": "int", "u": "unsigned int", "f": "float", "c": "complex"}
ANY, NUMBERS, REALS, FLOATS, INTEGERS = "biufc", "iufc", "iuf", "fc", "iu"

_ARGUMENTS = {
    "x": "Tensor, variable, number or nested list, any shape.",
    "y": "Likewise, of a shape that broadcasts with `x`, and of its dtype.",
    "features": "Tensor of floats, any shape.",
    "input_tensor": "Tensor, number or nested list, any shape.",
    "input": "Tensor, variable, number or nested list.",
    "tensor": "Tensor, variable, number or nested list.",
    "a": "Tensor, variable, number or nested list.",
    "axis": "A whole number; negative ones count from the end.",
    "keepdims": "Keep reduced axes with length 1.",
    "shape": "Whole numbers, or a tensor of them.",
    "dtype": "The result's dtype.",
    "seed": "A whole number, or None.",
    "params": "Tensor of rank 1 or more.",
    "indices": "Tensor of whole numbers.",
    "matrix": "Tensor of shape ``[..., n, n]``.",
    "data_format": "``NHWC`` and its like, or ``NCHW`` and its like.",
    "name": "Accepted for TensorFlow's sake; unused.",
}
_OTHERS = "As TensorFlow's."


class Refused(Exception):
    """An argument is not what a function takes; `translated` adds the function's name."""

    def __init__(self, expected: str, received: str, fix: str):
        super().__init__(expected, received, fix)


def kind(dtype: Any) -> str:
    """b, i, u, f or c; bfloat16 is a float, whatever NumPy says."""
    letter = np.dtype(dtype).kind
    return "f" if letter == "V" else letter


def tensor_of(kinds: str, value: Any, dtype: Any = None) -> Any:
    """A tensor, when its dtype is of one of these kinds."""
    x = as_tensor(value, dtype)
    if not x.size and isinstance(value, list | tuple):  # [] can be anything
        return x if kind(x.dtype) in kinds else x.astype("int32" if "i" in kinds else "bool")
    if kind(x.dtype) not in kinds:
        raise Refused(_dtypes(kinds), f"{x.dtype}, shape {tuple(x.shape)}", "use tf.cast first")
    return x


def pair_of(kinds: str, x: Any, y: Any) -> tuple[Any, Any]:
    """Two tensors of one dtype of these kinds; different ones are refused, as in TensorFlow."""
    x, y = as_tensors(x, y)
    if x.dtype != y.dtype:
        x, y = same_dtype([x, y])
    if kind(x.dtype) not in kinds:
        raise Refused(_dtypes(kinds), f"{x.dtype}, shape {tuple(x.shape)}", "use tf.cast first")
    return x, y


def same_dtype(tensors: list[Any]) -> list[Any]:
    """The tensors, when they have one dtype, or `allow_mixed_dtypes` lets them be promoted."""
    dtypes = {str(t.dtype): t.dtype for t in tensors}
    if len(dtypes) < 2:
        return tensors
    if not _mixed.allowed():
        raise Refused(
            "tensors of one dtype",
            " and ".join(dtypes),
            "use tf.cast, or tf.config.allow_mixed_dtypes() at the start of the program",
        )
    common = jnp.result_type(*dtypes.values())
    return [t.astype(common) for t in tensors]


def tensors_of(values: Any) -> list[Any]:
    """A list's elements as tensors of one dtype: that of the first tensor, or the first element."""
    values = list(values)
    known = next((v.dtype for v in values if is_tensor(v)), None)
    if known is None and values:
        known = as_tensor(values[0]).dtype
    return same_dtype([as_tensor(v, None if is_tensor(v) else known) for v in values])


def translated(public_name: str, *also: str) -> Callable[[_F], _F]:
    """Make a function the public ``tf.<public_name>``; `also` lists its other names."""

    def decorate(function: _F) -> _F:
        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            if _is_symbolic(args) or (kwargs and _is_symbolic(kwargs.values())):
                return _as_node(function, args, kwargs)
            try:
                return function(*args, **kwargs)
            except GlassTapeError:
                if _text_moves.can_have_text(public_name, args, kwargs):
                    return _text_moves.call(public_name, function, args, kwargs)
                raise
            except Refused as refused:
                raise _refusal(public_name, *refused.args) from None
            except _MISTAKES as error:
                if isinstance(error, jax.errors.JAXTypeError):
                    raise  # about tracing; what compiles the step explains it
                raise _explained(public_name, error, args, kwargs) from error

        names = [f"``tf.{n}``" for n in (public_name, *also)]
        call.__doc__ = _documented(function, " and ".join(names))
        call.tf_names = (public_name, *also)  # pyright: ignore - for tests and documentation
        return call  # pyright: ignore

    return decorate


_MISTAKES = (
    TypeError, ValueError, IndexError, KeyError, AttributeError, ZeroDivisionError,
    NotImplementedError, OverflowError, AssertionError,
)  # fmt: skip


@keras.saving.register_keras_serializable("glasstape.tf", "Translated")
class _Node(keras.Operation):
    """A translated function as part of a functional model; its inputs are the tensors alone.

    Keras would make tensors of the numbers among its arguments, so these are kept here.
    """

    def __init__(self, module: str, function: str, given: list[Any], name: str | None = None):
        super().__init__(name=name)
        self._home = {"module": module, "function": function, "given": given}

    def call(self, *inputs: Any) -> Any:
        home = self._home["module"]
        if not home.startswith("glasstape.tf."):  # a saved model may name anything
            raise Refused("a function of glasstape.tf", home, "look at where the file is from")
        args, kwargs = _filled(self._home["given"], inputs)
        return getattr(importlib.import_module(home), self._home["function"])(*args, **kwargs)

    def get_config(self) -> dict[str, Any]:
        return {**self._home, "name": self.name}


_INPUT = "glasstape_input"


def _as_node(function: Any, args: Any, kwargs: Any) -> Any:
    inputs: list[Any] = []

    def marked(value: Any) -> Any:
        if isinstance(value, keras.KerasTensor):
            inputs.append(value)
            return {_INPUT: len(inputs) - 1}
        if isinstance(value, list | tuple):
            return [marked(v) for v in value]
        return value.name if isinstance(value, np.dtype | DType) else value

    given = [marked(args), {key: marked(value) for key, value in kwargs.items()}]
    return _Node(function.__module__, function.__name__, given)(*inputs)


def _filled(value: Any, inputs: Any) -> Any:
    if isinstance(value, dict):
        if _INPUT in value:
            return inputs[value[_INPUT]]
        return {key: _filled(v, inputs) for key, v in value.items()}
    return [_filled(v, inputs) for v in value] if isinstance(value, list) else value


def _is_symbolic(values: Any) -> bool:
    for value in values:
        if isinstance(value, keras.KerasTensor):
            return True
        if isinstance(value, list | tuple) and _is_symbolic(value):
            return True
    return False


def _dtypes(kinds: str) -> str:
    return f"dtype {' or '.join(_WORDS[k] for k in kinds)}"


def _refusal(name: str, expected: str, received: str, fix: str) -> TensorTypeError:
    return TensorTypeError(
        f"tf.{name} cannot use these arguments.",
        expected=expected,
        received=received,
        fix=fix,
        where=sources.user_source(),
    )


def _explained(name: str, error: Exception, args: Any, kwargs: Any) -> TensorTypeError:
    told = [_described(a) for a in args] + [f"{k}={_described(v)}" for k, v in kwargs.items()]
    return _refusal(
        name,
        f"arguments as help(tf.{name}) lists them",
        ", ".join(told)[:400] or "none",
        " ".join(str(error).split())[:300] or "look at the arguments' shapes and dtypes",
    )


def _described(value: Any) -> str:
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        return f"{value.dtype}{list(value.shape)}"
    if isinstance(value, list | tuple) and any(hasattr(v, "dtype") for v in value):
        return f"[{', '.join(map(_described, value))}]"
    return repr(value)[:80]


def _documented(function: Any, names: str) -> str | None:
    """The docstring with the sections that are the same in all functions."""
    if function.__doc__ is None:  # python -OO
        return None
    doc = function.__doc__.rstrip()
    head, mark, example = doc.partition("\n    Example:\n")
    first, rest = head.split("\n", 1) if "\n" in head else (head, "")
    head = f"{first.rstrip('.')}, as {names}.\n{rest.rstrip()}".rstrip()
    told, _, after = head.partition("\n    Returns:\n")
    about = [p for p in _parameters(function) if f"\n        {p}:" not in told]
    lines = "".join(f"\n        {p}: {_ARGUMENTS.get(p, _OTHERS)}" for p in about)
    if "\n    Args:\n" not in told:
        lines = f"\n\n    Args:{lines}"
    told = told.rstrip() + lines
    returns = after.rstrip() or "        A tensor."
    raises = "\n\n    Raises:\n        TensorTypeError: an argument has the wrong dtype or shape."
    end = "" if "\n    Raises:\n" in head else raises
    return f"{told}\n\n    Returns:\n{returns}{end}\n{mark}{example}\n"


def _parameters(function: Any) -> tuple[str, ...]:
    code = function.__code__
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
