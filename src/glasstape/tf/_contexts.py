"""TensorFlow's contexts and what orders operations: most have nothing to do here.

Operations run in the order in which they are written, so nothing needs to be ordered by hand.
"""

from __future__ import annotations

import contextlib
import functools
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import jax

from glasstape.ports import jax_trace, keras_scopes


class _Names(threading.local):
    stack: tuple[str, ...] = ()


_names = _Names()


class name_scope:
    """Put a name before those of the variables made inside, as ``tf.name_scope``.

    Args:
        name: The name; one that ends in ``/`` stands alone, without those around it.

    Example:
        >>> import glasstape.tf as tf
        >>> with tf.name_scope("encoder"):
        ...     v = tf.Variable(1.0, name="w")
        >>> v.name
        'encoder/w:0'
    """

    def __init__(self, name: str):
        self._name = name

    @property
    def name(self) -> str:
        """The name."""
        return self._name

    def __enter__(self) -> str:
        self._before = _names.stack
        own = (self._name.rstrip("/"),) if self._name else ()
        _names.stack = own if self._name.endswith("/") or not self._name else (*_names.stack, *own)
        return "/".join(_names.stack) + "/" if _names.stack else ""

    def __exit__(self, *exc_info: Any) -> None:
        _names.stack = self._before

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def scoped(*args: Any, **kwargs: Any) -> Any:
            with name_scope(self._name):
                return function(*args, **kwargs)

        return scoped


def scoped_name(name: str) -> str:
    """`name` with the scopes around it."""
    return "/".join((*_names.stack, name))


@contextlib.contextmanager
def control_dependencies(control_inputs: Any) -> Iterator[None]:
    """Nothing, since operations run as written; as ``tf.control_dependencies``.

    Args:
        control_inputs: Accepted for TensorFlow's sake; unused. Functions in it are called.

    Example:
        >>> import glasstape.tf as tf
        >>> v = tf.Variable(1.0)
        >>> with tf.control_dependencies([v.assign(2.0)]):
        ...     print(float(v))
        2.0
    """
    for item in control_inputs or ():
        if callable(item):
            item()
    yield


def init_scope() -> Any:
    """Run what is inside at once, also while a step is traced; as ``tf.init_scope``.

    Returns:
        A context.

    Example:
        >>> import glasstape.tf as tf
        >>> @tf.function
        ... def step(x):
        ...     with tf.init_scope():
        ...         print(tf.executing_eagerly())
        ...     return x
        >>> float(step(tf.constant(1.0)))
        True
        1.0
    """
    return keras_scopes.outside_step()


def device(device_name: Any) -> Any:
    """Compute on another device, where there is one of that kind; as ``tf.device``.

    JAX puts arrays on its first accelerator by itself, and a compiled step runs as a whole on one
    device: inside it this does nothing, nor does a device that is not there.

    Args:
        device_name: Such as ``"/GPU:0"`` or ``"CPU"``.

    Returns:
        A context.

    Example:
        >>> import glasstape.tf as tf
        >>> with tf.device("/CPU:0"):
        ...     x = tf.constant(1.0)
    """
    found = re.search(r"(cpu|gpu|tpu)(?::(\d+))?$", str(device_name or ""), re.IGNORECASE)
    kind = found[1].lower() if found else jax.default_backend()
    if kind == jax.default_backend() or not jax_trace.is_eager():
        return contextlib.nullcontext()
    try:
        devices = jax.devices(kind)
    except RuntimeError:
        return contextlib.nullcontext()
    return jax.default_device(devices[min(int(found[2] or 0) if found else 0, len(devices) - 1)])


def group(*inputs: Any, **kwargs: Any) -> None:
    """Nothing, since operations have run already; as ``tf.group``.

    Args:
        *inputs: Unused.
        **kwargs: Unused: ``name``.

    Example:
        >>> import glasstape.tf as tf
        >>> v = tf.Variable(1.0)
        >>> tf.group(v.assign(2.0))
        >>> float(v)
        2.0
    """


def no_op(name: str | None = None) -> None:
    """Nothing, as ``tf.no_op``.

    Args:
        name: Unused.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.no_op()
    """


def get_logger() -> Any:
    """The logger named ``tensorflow``, on which programs set a level; as ``tf.get_logger``.

    Returns:
        A logger of Python's; GlassTape writes nothing to it.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.get_logger().setLevel("ERROR")
    """
    import logging

    return logging.getLogger("tensorflow")
