"""Old Keras spellings under `tf.keras`, each with one line that says how it is written today.

`tf.keras` is Keras 3 itself, so the names are added to it when `glasstape.tf` is imported: those
of modules by a ``__getattr__``, which Python asks about names that are not there; methods and
arguments by `glasstape.tf._old_methods`. Nothing that Keras has is replaced, but for
``optimizers.legacy``, whose classes only say that they are gone.
"""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Callable
from typing import Any

import keras

from glasstape import sources
from glasstape.errors import NotCoveredError
from glasstape.tf import _old_backend, _old_layers
from glasstape.tf._old_methods import add_methods, say
from glasstape.tf._old_names import BACKEND, GONE, KEPT, MOVED
from glasstape.tf._scaling import add_scaling

_LISTED = {"keras.backend", *MOVED, *KEPT, *(name.rpartition(".")[0] for name in GONE)}
_NAMESPACES = {
    ".".join(parts[:n]) for parts in (name.split(".") for name in _LISTED) for n in range(1, 9)
}
_BACKEND_TODAY = {
    "concatenate": "keras.ops.concatenate, whose axis is 0",
    "count_params": "x.size",
    "dtype": "x.dtype",
    "eval": "keras.ops.convert_to_numpy",
    "gather": "keras.ops.take(x, indices, axis=0)",
    "get_value": "keras.ops.convert_to_numpy",
    "int_shape": "x.shape",
    "ndim": "x.ndim",
    "permute_dimensions": "keras.ops.transpose",
    "random_bernoulli": "keras.random.binomial",
    "random_normal": "keras.random.normal",
    "random_uniform": "keras.random.uniform",
    "reverse": "keras.ops.flip",
    "set_session": "left out, since there are no sessions",
    "set_value": "x.assign",
    "switch": "keras.ops.cond or keras.ops.where",
    "truncated_normal": "keras.random.truncated_normal",
    "update": "x.assign",
    "update_add": "x.assign_add",
    "update_sub": "x.assign_sub",
    "variable": "keras.Variable",
}
_made: dict[str, types.ModuleType] = {}


class Reduction:
    """How a loss puts the losses of a batch together, as ``tf.keras.losses.Reduction``."""

    AUTO = SUM_OVER_BATCH_SIZE = "sum_over_batch_size"  # Keras 3 refuses "auto"
    NONE = "none"
    SUM = "sum"


def install() -> None:
    """Let Keras' modules answer for old names."""
    add_methods()
    _old_layers.install()
    add_scaling()
    for name in MOVED["keras.optimizers.legacy"]:
        keras.optimizers.legacy.__dict__.pop(name, None)
    for name in sorted(_NAMESPACES):
        own = _existing(name)
        if own is not None and "__getattr__" not in vars(own):
            own.__getattr__ = _finder(name)  # pyright: ignore[reportAttributeAccessIssue]


def namespace(name: str) -> types.ModuleType | None:
    """The namespace ``keras.<...>`` that Keras 3 no longer has, or None."""
    if name not in _NAMESPACES or _existing(name) is not None:
        return None
    if name not in _made:
        _made[name] = types.ModuleType(name, "Old Keras spellings.")
        _made[name].__getattr__ = _finder(name)  # pyright: ignore[reportAttributeAccessIssue]
        _made[name].__path__ = []
    return _made[name]


def _existing(name: str) -> types.ModuleType | None:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _finder(owner: str) -> Callable[[str], Any]:
    def __getattr__(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module {owner!r} has no attribute {name!r}")
        return _find(owner, name)

    return __getattr__


def _find(owner: str, name: str) -> Any:
    full = f"{owner}.{name}"
    if (inner := namespace(full)) is not None:
        return inner
    if full in GONE:
        raise _gone(full)
    if name in MOVED.get(owner, ()):
        now = MOVED[owner][name]
        say(f"tf.{full}", now)
        return _resolve(now)
    if owner == "keras.backend" and name in BACKEND:
        return _backend(name)
    if full == "keras.losses.Reduction":
        say(f"tf.{full}", 'reduction="sum_over_batch_size", "sum" or None')
        return Reduction
    return _kept(owner, name)


def _backend(name: str) -> Any:
    if name in _old_backend.SAME:
        now = f"keras.ops.{_old_backend.SAME[name]}"
        say(f"tf.keras.backend.{name}", now)
        return _resolve(now)
    now = f"keras.ops.{name}" if hasattr(keras.ops, name) else _BACKEND_TODAY.get(name)
    say(f"tf.keras.backend.{name}", now or "written with keras.ops")
    return getattr(_old_backend, name)


def _kept(owner: str, name: str) -> Any:
    """What Keras itself keeps for TensorFlow's ``tf.keras``."""
    if owner in KEPT:
        kept = _existing(owner.replace("keras", "keras._tf_keras.keras", 1))
        found = getattr(kept, name, None)
        if found is not None:
            say(f"tf.{owner}.{name}", _today(owner, name, found))
            return found
    raise AttributeError(f"module {owner!r} has no attribute {name!r}")


def _today(owner: str, name: str, found: Any) -> str | None:
    """``keras.losses.mean_squared_error`` for ``MSE``."""
    own = getattr(found, "__name__", name)
    return f"{owner}.{own}" if own in vars(sys.modules.get(owner, keras)) else None


def _resolve(path: str) -> Any:
    found: Any = keras
    for part in path.split(".")[1:]:
        found = getattr(found, part)
    return found


def _gone(full: str) -> NotCoveredError:
    return NotCoveredError(
        f"tf.{full} is not there: Keras 3 has given it up.",
        expected="a name of Keras 3",
        received=f"tf.{full}",
        fix=f"use {GONE[full]}",
        where=sources.user_source(),
    )
