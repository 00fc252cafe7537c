"""`function`: any training step becomes one XLA program with its state donated."""

from __future__ import annotations

import contextlib
import functools
import gc
import inspect
import threading
import time
import types
import weakref
from collections.abc import Callable, Hashable, Iterator
from typing import Any, overload

from glasstape import sources
from glasstape.compiler import signature as signatures
from glasstape.compiler.program import Judge, Probe, Program, active_probe
from glasstape.compiler.retrace import Trace, Traces
from glasstape.compiler.step import Traced, trace_step
from glasstape.errors import StepTypeError
from glasstape.ports import jax_program, jax_trace, keras_scopes, keras_state


class Function:
    """A Python step and its compiled programs, one for each signature; see `function`."""

    def __init__(self, python_function: Callable[..., Any]):
        if not callable(python_function):
            raise StepTypeError(
                "glasstape.function was given something that cannot be called.",
                expected="a function, method or other callable",
                received=type(python_function).__name__,
                fix="put @gt.function above a `def`",
                where=sources.user_source(),
            )
        functools.update_wrapper(self, python_function)
        self._python_function = python_function
        self._name = getattr(python_function, "__name__", type(python_function).__name__)
        self._traced: dict[Hashable, tuple[Traced, Judge]] = {}
        self._programs: dict[tuple[Hashable, Probe | None], Program] = {}
        # The programs without probe once more, by what a repeated call can be known by at once.
        self._repeated: dict[Hashable, Program] = {}
        self._traces = Traces(python_function, self._name)
        self._methods: dict[int, tuple[Callable[[], Any], Function]] = {}
        self._calls = 0
        self._lock = threading.RLock()

    @property
    def python_function(self) -> Callable[..., Any]:
        """The undecorated Python callable."""
        return self._python_function

    @property
    def traces(self) -> tuple[Trace, ...]:
        """Every trace so far, in order; each says why it was made (see `Trace`)."""
        return tuple(self._traces.made)

    def experimental_get_tracing_count(self) -> int:
        """How often the Python step was traced."""
        return len(self._traces.made)

    def __repr__(self) -> str:
        return f"<glasstape.function {self._name}, {len(self._traces.made)} traces>"

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """A method has its own programs for each object, and does not keep the object alive."""
        if instance is None:
            return self
        return Method(instance, self._function_of(instance))

    def _function_of(self, instance: Any) -> Function:
        # By identity: equal objects have different state, and some objects have no hash.
        with self._lock:
            known = self._methods.get(id(instance))
            if known is None or known[0]() is not instance:
                reference = self._reference(instance)
                known = reference, Function(_WeakMethod(self._python_function, reference))
                self._methods[id(instance)] = known
            return known[1]

    def _reference(self, instance: Any) -> Callable[[], Any]:
        key, methods = id(instance), self._methods
        try:
            return weakref.ref(instance, lambda _: methods.pop(key, None))
        except TypeError:  # an object with slots and without a place for weak references
            return lambda: instance

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the step; the first call with a new signature traces and compiles it."""
        if keras_scopes.active_scope() is not None:
            # The scope has the variables' values, and it is the scope that is to be told of new
            # ones; as part of it, or of the program that is traced in it, the step does both.
            return self._python_function(*args, **kwargs)
        if not kwargs and active_probe() is None and jax_trace.is_plain():
            # The usual call of a training loop, by the shortest way.
            program = self._repeated.get(signatures.quick_key(args))
            if program is not None:
                self._calls += 1
                return program(args, self._calls)
        if not jax_trace.is_eager():
            return self._python_function(*args, **kwargs)  # part of the program around it
        taped = not jax_trace.is_plain()
        call = signatures.sign(args, kwargs)
        self._calls += 1
        probe = self._probe_for(call.key)
        known = self._programs.get((call.key, probe))
        with contextlib.nullcontext() if known else _collector_waits():
            program = known or self._build(call, probe)
            if probe is None and not kwargs:
                self._remember(args, program)
            if taped:
                program.tell_reads()
            compiled = jax_program.compile_seconds()
            try:
                return program(call.inputs, self._calls, keep_state=taped)
            finally:
                if known is None:
                    self._traces.compiled(call, jax_program.compile_seconds() - compiled)

    def _remember(self, args: tuple, program: Program) -> None:
        key = signatures.quick_key(args)
        if key is not None:
            self._repeated[key] = program

    def _probe_for(self, key: Hashable) -> Probe | None:
        """The active probe, when this call is one it wants to look at."""
        probe = active_probe()
        if probe is None:
            return None
        known = self._traced.get(key)
        variables = known[0].gradients if known else None
        if variables is not None and not variables:
            return None
        return probe if probe.due((id(self), key), self._name, variables) else None

    def _build(self, call: signatures.Signature, probe: Probe | None) -> Program:
        with self._lock:
            if call.key not in self._traced:
                traced = self._trace(call)
                self._traced[call.key] = traced, Judge(traced.errors)
            traced, judge = self._traced[call.key]
            if not traced.gradients:
                probe = None  # nothing to look at: one program, with a glass or without
            program = Program(self._name, traced, judge, probe)
            self._programs[call.key, probe] = program
            return program

    def _trace(self, call: signatures.Signature) -> Traced:
        start = time.perf_counter()
        try:
            # Staging must not be recorded by a tape that is open around this call.
            with jax_trace.eval_context(), keras_state.unobserved():
                traced = trace_step(self._python_function, call)
        except Exception as error:
            self._explain(error)
            raise
        self._traces.add(call, time.perf_counter() - start)
        return traced

    def _explain(self, error: Exception) -> None:
        """Add the user's own lines to an error raised while tracing."""
        frames = sources.user_frames(error.__traceback__)
        if not frames:
            return
        lines = [f"  {frame}: {frame.text}" for frame in frames]
        error.add_note(
            f"While tracing {self._name} (nothing was changed), your lines:\n" + "\n".join(lines)
        )


@contextlib.contextmanager
def _collector_waits() -> Iterator[None]:
    """Hold Python's garbage collector back while a step is traced and compiled.

    The many new objects would set off a pass over all of Keras' and JAX' objects: 0.13 s, a tenth
    of the first call of a small net.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _WeakMethod:
    """A method that does not keep its object alive."""

    def __init__(self, function: Callable[..., Any], instance: Callable[[], Any]):
        functools.update_wrapper(self, function)
        with contextlib.suppress(TypeError, ValueError):  # it may have none
            self.__signature__ = inspect.signature(types.MethodType(function, self))
        self._function = function
        self._instance = instance

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._function(self._instance(), *args, **kwargs)


class Method:
    """A `Function` bound to an object, which lives as long as this does.

    The programs belong to the object and not to this: ``model.train_step`` makes a new one of
    these each time it is looked up. Everything a `Function` offers is here, too.
    """

    __slots__ = ("__self__", "__weakref__", "_function")

    def __init__(self, instance: Any, function: Function):
        self.__self__ = instance
        self._function = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the step with the object as first argument."""
        return self._function(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._function, name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Method) and self._function is other._function

    def __hash__(self) -> int:
        return hash(self._function)

    def __repr__(self) -> str:
        return repr(self._function)


@overload
def function(func: Callable[..., Any]) -> Function: ...


@overload
def function(
    func: None = None,
    *,
    input_signature: None = None,
    autograph: bool = True,
    jit_compile: bool | None = None,
    reduce_retracing: bool = False,
    experimental_relax_shapes: bool | None = None,
) -> Callable[[Callable[..., Any]], Function]: ...


def function(
    func: Callable[..., Any] | None = None,
    *,
    input_signature: None = None,
    autograph: bool = True,
    jit_compile: bool | None = None,
    reduce_retracing: bool = False,
    experimental_relax_shapes: bool | None = None,
) -> Any:
    """Compile a Python step into one XLA program.

    The step may do what it does in eager code: call models, open tapes, apply optimizers, update
    metrics, draw random numbers. Which Keras variables it reads and writes is found out while it
    is traced; they are passed to the program and back, and overwritten in place (donated).
    Variables created in the first call (optimizer slots, layers not built yet) just work.

    A call with new shapes, dtypes or Python values traces again; `Function.traces` says why, by the
    argument's name. Under a `GradientTape` the call
    is recorded like any other operation. Inside a `keras.StatelessScope` the step is not compiled:
    it runs as plain Python that reads and writes the scope's values.

    Args:
        func: The step. Left out when used as ``@gt.function(...)``.
        input_signature: Not available yet; must be None.
        autograph: Accepted for TensorFlow's sake; Python ``if`` and ``while`` on tensors are not
            translated yet.
        jit_compile: Accepted for TensorFlow's sake; every step is compiled by XLA.
        reduce_retracing: Accepted for TensorFlow's sake; each new shape is traced.
        experimental_relax_shapes: Older name of `reduce_retracing`.

    Returns:
        A `Function` to call like the step, or a decorator making one.

    Raises:
        StepTypeError: `func` cannot be called, or an option is not available yet.
        NonFiniteLossError: at a call or at the next read of a variable, when the target of a
            tape's gradient was NaN or infinite; the update was not applied.
        LabelRangeError: likewise, when a class label was out of range.

    Example:
        >>> import jax.numpy as jnp
        >>> import glasstape as gt
        >>> total = gt.Variable(0.0)
        >>> @gt.function
        ... def add(x):
        ...     total.assign_add(x)
        ...     return total * 2
        >>> float(add(jnp.float32(3.0))), float(total.value)
        (6.0, 3.0)
    """
    del autograph, jit_compile, reduce_retracing, experimental_relax_shapes
    if input_signature is not None:
        raise StepTypeError(
            "function(input_signature=...) is not available yet.",
            expected="input_signature=None",
            received=repr(input_signature),
            fix="leave it out: each shape gets its own program",
            where=sources.user_source(),
        )
    return Function if func is None else Function(func)
