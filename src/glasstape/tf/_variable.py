"""`tf.Variable`, with TensorFlow's arguments in TensorFlow's order."""

from __future__ import annotations

import enum
import functools
import sys
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

import glasstape
from glasstape import sources
from glasstape.errors import TensorTypeError
from glasstape.ports import jax_methods, jax_trace, keras_state, keras_tracking, python_calls
from glasstape.tf import _devices, _operators
from glasstape.tf._contexts import scoped_name
from glasstape.tf._convert import as_tensor
from glasstape.tf._dtype import DType, as_dtype
from glasstape.tf._methods import Reference, set_shape
from glasstape.tf._scatter import Scatter
from glasstape.tf._shape import TensorShape

_read: Any = keras_state.KerasVariable.value


class VariableSynchronization(enum.Enum):
    """When copies of a variable on several devices are brought together; accepted, unused."""

    AUTO, NONE, ON_WRITE, ON_READ = range(4)


class VariableAggregation(enum.Enum):
    """How they are; accepted, unused."""

    NONE, SUM, MEAN, ONLY_FIRST_REPLICA = range(4)


@_operators.overload
class Variable(Scatter, glasstape.Variable):
    """A mutable tensor, as ``tf.Variable``; a `keras.Variable` in every respect.

    ``v.value`` is Keras' property and ``v.value()`` TensorFlow's method: both give the tensor.

    Args:
        initial_value: Number, nested list, array, tensor, or callable without arguments giving
            one. Python numbers become float32, int32 or bool.
        trainable: Whether tapes watch it when it is read; None means True.
        validate_shape: Accepted for TensorFlow's sake; unused.
        caching_device: Unused.
        name: Its name; made up when None.
        variable_def: Unused.
        dtype: Its dtype; that of `initial_value` when None.
        import_scope: Unused.
        constraint: What an optimizer applies to it after each update.
        synchronization: Unused.
        aggregation: Unused.
        shape: Its shape, which must be that of `initial_value`; None where it is not known.
        experimental_enable_variable_lifting: Unused.

    Raises:
        TensorTypeError: `initial_value` is missing or does not have that dtype or shape.

    Example:
        >>> import glasstape.tf as tf
        >>> v = tf.Variable([1.0, 2.0], name="v")
        >>> v.assign_add([1.0, 1.0])
        <tf.Variable 'v:0' shape=(2,) dtype=float32, numpy=array([2., 3.], dtype=float32)>
    """

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool | None = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        import_scope: Any = None,
        constraint: Callable[[Any], Any] | None = None,
        synchronization: Any = None,
        aggregation: Any = None,
        shape: Any = None,
        experimental_enable_variable_lifting: bool = True,
    ):
        def initial_tensor() -> Any:
            value = initial_value() if callable(initial_value) else initial_value
            tensor = as_tensor(value, dtype)
            wanted = TensorShape(None if shape is None else shape)
            if not wanted.is_compatible_with(tuple(tensor.shape)):
                raise _shape_error(shape, tensor.shape)
            return tensor

        self._tensorflow_name = scoped_name(name or "Variable") + ":0"
        name = None if name is None else name.replace("/", "_")  # Keras' rule
        super().__init__(initial_tensor, trainable is not False, name)
        self.constraint = constraint

    # ----- reading -----

    @property
    def value(self) -> Any:
        """The tensor; ``v.value()`` gives the same."""
        tensor = _read.fget(self)
        if python_calls.is_method_call(sys._getframe(1)):
            return lambda: tensor
        return tensor

    def read_value(self) -> Any:
        """The tensor."""
        return _read.fget(self)

    def numpy(self) -> Any:
        """A NumPy copy; a NumPy number when it has no axis."""
        return _read.fget(self).numpy()

    @property
    def name(self) -> str:  # pyright: ignore[reportIncompatibleMethodOverride]
        """TensorFlow's name, which ends in ``:0``; ``v.path`` is Keras'."""
        return self._tensorflow_name

    @property
    def shape(self) -> TensorShape:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The shape as a `TensorShape`."""
        return TensorShape(keras_state.KerasVariable.shape.fget(self))  # pyright: ignore

    get_shape = shape.fget
    set_shape = set_shape

    @property
    def dtype(self) -> DType:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The dtype."""
        return as_dtype(keras_state.KerasVariable.dtype.fget(self))  # pyright: ignore

    @property
    def device(self) -> str:
        """Where it is, as TensorFlow writes it."""
        raw = keras_state.raw_value(self)
        device = jax.devices()[0] if raw is None else next(iter(raw.devices()))
        return _devices.name_of(device)

    def ref(self) -> Reference:
        """The variable as the key of a dict."""
        return Reference(self)

    experimental_ref = ref

    def is_initialized(self, name: str | None = None) -> bool:
        """True: a variable has its value from the start."""
        return True

    # ----- assigning -----

    def assign(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        value: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        """Give it a new value.

        Args:
            value: Tensor of the variable's shape and dtype, or numbers.
            use_locking: Accepted for TensorFlow's sake; unused.
            name: Unused.
            read_value: Whether to give the variable back.

        Returns:
            The variable, or None.

        Raises:
            TensorTypeError: the value has another dtype or shape.
        """
        super().assign(self._checked("assign", value))
        return self if read_value else None

    def assign_add(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        delta: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        """Add to it; otherwise as `assign`."""
        super().assign(_read.fget(self) + self._checked("assign_add", delta))
        return self if read_value else None

    def assign_sub(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        delta: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        """Subtract from it; otherwise as `assign`."""
        super().assign(_read.fget(self) - self._checked("assign_sub", delta))
        return self if read_value else None

    def _checked(self, method: str, value: Any) -> Any:
        shape, dtype = keras_state.layout(self)
        tensor = as_tensor(value, dtype)
        if tuple(tensor.shape) != tuple(shape):
            raise TensorTypeError(
                f"{method} was given another shape than the variable '{self.name}' has.",
                expected=f"shape {tuple(shape)}",
                received=f"shape {tuple(tensor.shape)}",
                fix="use tf.broadcast_to or tf.reshape; a variable keeps its shape",
                where=sources.user_source(),
            )
        return tensor

    # ----- use as a tensor -----

    def __getitem__(self, index: Any) -> Any:
        found = _read.fget(self)[_plain_index(index)]
        # As TensorFlow's slices of variables have it: `v[1:].assign(...)`.
        jax_methods.attach(found, "assign", functools.partial(_assign_part, self, index))
        return found

    def __iter__(self) -> Iterator[Any]:
        return iter(_read.fget(self))

    def __index__(self) -> int:
        return _read.fget(self).__index__()

    def __bool__(self) -> bool:
        return bool(_read.fget(self))

    __array_priority__ = 100  # NumPy arrays leave their operators to the variable's
    __array_ufunc__ = None

    def __format__(self, spec: str) -> str:
        return format(self.numpy(), spec) if spec else repr(self)

    def __repr__(self) -> str:
        layout = f"<tf.Variable '{self.name}' shape={self.shape} dtype={self.dtype.name}"
        value = _read.fget(self)
        if jax_trace.is_abstract(value):
            return layout + ">"
        return f"{layout}, numpy={_text(value)}>"


def _text(value: Any) -> str:
    array = np.asarray(value)
    return repr(array) if array.ndim else str(array)


def _plain_index(index: Any) -> Any:
    """An index with tensors in place of variables."""
    if isinstance(index, tuple):
        return tuple(_plain_index(i) for i in index)
    return _read.fget(index) if keras_state.is_variable(index) else index


def _assign_part(variable: Variable, index: Any, value: Any, name: str | None = None) -> Variable:
    tensor = as_tensor(value, variable.dtype)
    return variable.assign(_read.fget(variable).at[_plain_index(index)].set(tensor))


def _shape_error(wanted: Any, received: Any) -> TensorTypeError:
    return TensorTypeError(
        "tf.Variable was given a shape its value does not have.",
        expected=f"shape {wanted}",
        received=f"shape {received}",
        fix="leave out the shape; a variable keeps the shape of its value",
        where=sources.user_source(),
    )


keras_tracking.leave_out_when_built(Variable)
