"""`function`: any training step becomes one XLA program with its state donated."""

from __future__ import annotations

import contextlib
import functools
import gc
import operator
import os
import threading
import time
import weakref
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, NamedTuple, overload

import jax

from glasstape import sources
from glasstape.compiler import creations, failures, inspection, leaks, mode, warming
from glasstape.compiler import signature as signatures
from glasstape.compiler.autograph import tracing
from glasstape.compiler.callables import Method, Parameters, WeakMethod, name_of
from glasstape.compiler.concrete import ConcreteFunction
from glasstape.compiler.cost import Cost
from glasstape.compiler.input_signature import InputSignature
from glasstape.compiler.printing import switch
from glasstape.compiler.program import Probe, Program, active_probe, active_probes
from glasstape.compiler.relax.relaxing import Relaxing
from glasstape.compiler.retrace import Trace, Traces, arguments
from glasstape.compiler.signature import quick_call
from glasstape.compiler.spec import TensorSpec
from glasstape.compiler.step import Traced
from glasstape.compiler.table import Entry, Table
from glasstape.errors import NotKnownYetError, StepTypeError, TextOfStepError, UncompiledError
from glasstape.ports import jax_program, jax_trace, keras_state
from glasstape.ports.jax_trace import is_plain
from glasstape.ports.keras_scopes import innermost

# Of every function alive: those calls it knows at once are to be looked at anew when something
# has changed that concerns them all.
_alive: weakref.WeakSet[Function] = weakref.WeakSet()
_ANY = object()  # stands for any call of a step that cannot be compiled


def _look_again(*_: Any) -> None:
    for fn in list(_alive):
        fn._repeated.clear()


keras_state.trainable_listeners.append(_look_again)
mode.listeners.append(_look_again)
switch.listeners.append(_look_again)


class Options(NamedTuple):
    """How a step is compiled; see `function`."""

    input_signature: Sequence[Any] | None = None
    autograph: bool = True
    jit_compile: bool | None = None
    reduce_retracing: bool = False
    steps_per_call: int = 1


class Function:
    """A Python step and its compiled programs, one for each signature; see `function`."""

    def __init__(self, python_function: Callable[..., Any], options: Options | None = None):
        if not callable(python_function):
            raise StepTypeError(
                "glasstape.function was given something that cannot be called.",
                expected="a function, method or other callable",
                received=type(python_function).__name__,
                fix="put @gt.function above a `def`, and below @classmethod or @property",
                where=sources.user_source(),
            )
        functools.update_wrapper(self, python_function)
        self._python_function = python_function
        self._options = options or Options()
        self._name = name_of(python_function)
        self._parameters = Parameters(python_function)
        self._signature = None
        if self._options.input_signature is not None:
            self._signature = InputSignature(self._options.input_signature, self._name)
        self._table = Table()
        # The traces once more, by what a repeated call can be known by at once.
        self._repeated: dict[Hashable, Entry] = {}
        self._traces = Traces(self._parameters, self._name)
        specs = jax.tree.leaves(self._signature.specs) if self._signature is not None else []
        self._relaxing = Relaxing(
            self._table, self._parameters, self._name, specs, self._options.reduce_retracing
        )
        # Calls that no program can do; they run as plain Python.
        self._uncompiled: set[Hashable] = set()
        self._methods: dict[int, tuple[Callable[[], Any], Function]] = {}
        self._calls = 0
        self._lock = threading.RLock()
        _alive.add(self)

    @property
    def python_function(self) -> Callable[..., Any]:
        """The undecorated Python callable."""
        return self._python_function

    @property
    def input_signature(self) -> Sequence[Any] | None:
        """The `TensorSpec` of each argument, where `function` was given them."""
        return self._options.input_signature

    @property
    def traces(self) -> tuple[Trace, ...]:
        """Every trace so far, in order; each says why it was made (see `Trace`)."""
        return tuple(self._traces.made)

    def experimental_get_tracing_count(self) -> int:
        """How often the Python step was traced."""
        return len(self._traces.made)

    def pretty_printed_concrete_signatures(self) -> str:
        """What the step was traced for, a line each."""
        return "\n".join(f"{self._name}({trace.signature})" for trace in self._traces.made)

    def __repr__(self) -> str:
        return f"<glasstape.function {self._name}, {len(self._traces.made)} traces>"

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """A method has its own programs for each object, and does not keep the object alive."""
        if instance is None or isinstance(self._python_function, staticmethod):
            return self
        return Method(instance, self._function_of(instance))

    def _function_of(self, instance: Any) -> Function:
        # By identity: equal objects have different state, and some objects have no hash.
        with self._lock:
            known = self._methods.get(id(instance))
            if known is None or known[0]() is not instance:
                reference = self._reference(instance)
                method = WeakMethod(self._python_function, reference)
                known = reference, Function(method, self._options)
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
        if innermost.scope is not None:
            # The scope has the variables' values, and it is the scope that is to be told of new
            # ones; as part of it, or of the program that is traced in it, the step does both.
            return tracing.inline(self._python_function, self._options.autograph)(*args, **kwargs)
        try:
            if not kwargs and is_plain():
                # The usual call of a training loop, by the shortest way.
                key, inputs = quick_call(args)
                entry = self._repeated.get(key)
                if entry is not None:
                    program = self._probed(entry) if active_probes else entry.plain
                    if program is not None:
                        self._calls += 1
                        return program.run(inputs, self._calls)
            return self._call(args, kwargs)
        except Exception as error:
            error.__traceback__ = failures.user_traceback(error)
            raise

    def _call(self, args: tuple, kwargs: dict[str, Any]) -> Any:
        if mode.functions_run_eagerly():
            return self._python_function(*args, **kwargs)
        if not jax_trace.is_eager():  # part of the program around it
            return tracing.inline(self._python_function, self._options.autograph)(*args, **kwargs)
        call = self._sign(args, kwargs)
        if any(map(keras_state.is_symbolic, call.leaves)):
            return self._python_function(*args, **kwargs)  # a Keras model is being put together
        if call.key in self._uncompiled or _ANY in self._uncompiled:
            return self._as_python(args, kwargs)
        inputs = quick_call(args)[1]
        is_simple = not kwargs and len(inputs) == len(call.inputs)
        remember = is_simple and all(map(operator.is_, inputs, call.inputs))
        try:
            return self._run(call, args if remember else None)
        except UncompiledError as error:
            # Nothing was changed: it is raised while the step is traced.
            if not isinstance(error, NotKnownYetError):
                failures.tell_uncompiled(error, self._name)
                self._uncompiled.add(_ANY if isinstance(error, TextOfStepError) else call.key)
        return self._as_python(args, kwargs)

    def _as_python(self, args: tuple, kwargs: dict[str, Any]) -> Any:
        """The call without compiling it, of the tensors that an input signature promises."""
        if self._signature is not None:
            args, kwargs = self._fitted(args, kwargs)
        return self._python_function(*args, **kwargs)

    def get_concrete_function(self, *args: Any, **kwargs: Any) -> ConcreteFunction:
        """The step compiled for one signature, as TensorFlow's.

        Args:
            *args: What the step is to be called with; a `TensorSpec` stands for any tensor of its
                shape and dtype. None at all when `function` was given an input signature. Where
                one has the shape None, each shape is traced when it is first called with.
            **kwargs: Likewise.

        Raises:
            StepTypeError: the step does not take these arguments.

        Example:
            >>> import glasstape as gt
            >>> double = gt.function(lambda x: 2 * x)
            >>> double.get_concrete_function(gt.TensorSpec([2], "int32"))
            <glasstape.ConcreteFunction <lambda>(x: int32[2])>
        """
        call = self._sign(*self._given(args, kwargs))
        any_rank = any(isinstance(v, TensorSpec) and v.rank is None for v in call.inputs)
        # With tensors of any rank there is nothing to trace before it is called.
        traced = None if any_rank else self._known(call)
        return ConcreteFunction(self._name, self._parameters, call, traced, self._run)

    def cost(self, *args: Any, **kwargs: Any) -> Cost:
        """What a call costs, as XLA counts it: operations, bytes, peak memory.

        Nothing is run and no variable changes. The step is traced when these arguments are new,
        and its program compiled (a second time where it has run; taken from the disk where
        compiled programs are kept, see `compilation_cache`).

        Args:
            *args: What the step is called with; a `TensorSpec` stands for any tensor of its shape
                and dtype.
            **kwargs: Likewise.

        Returns:
            A `Cost`. The variables count among what goes in and what comes out; those the step
            overwrites in place count once in ``peak_bytes``.

        Raises:
            StepTypeError: the step does not take these arguments.

        Example:
            >>> import glasstape as gt
            >>> double = gt.function(lambda x: 2 * x)
            >>> double.cost(gt.TensorSpec([1000])).flops
            1000.0
        """
        return inspection.cost(self._inspected(args, kwargs))

    def program(self, *args: Any, **kwargs: Any) -> inspection.ProgramText:
        """The program of a call, to read: operations with your own lines, inputs and outputs.

        Nothing is run and no variable changes.

        Args:
            *args: What the step is called with; a `TensorSpec` stands for any tensor of its shape
                and dtype.
            **kwargs: Likewise.

        Returns:
            A `ProgramText` with ``jaxpr``, ``stablehlo`` and ``hlo``; print it for all in one.

        Raises:
            StepTypeError: the step does not take these arguments.

        Example:
            >>> import glasstape as gt
            >>> double = gt.function(lambda x: 2 * x)
            >>> print(double.program(gt.TensorSpec([3])))  # doctest: +ELLIPSIS
            <lambda>(x: float32[3])
            ...
            outputs
              c    float32[3]           result
            ...
        """
        return inspection.program_text(self._inspected(args, kwargs))

    def save(self, path: str | os.PathLike[str], /, *args: Any, **kwargs: Any) -> None:
        """Write the function to a file, for inference; `load_function` reads it.

        The variables it reads are written with the values they have now. Where a `TensorSpec`
        has None, the loaded function takes any size.

        Args:
            path: The file.
            *args: What the function is to be called with; a `TensorSpec` stands for any tensor of
                its shape and dtype. None at all when `function` was given an input signature.
            **kwargs: Likewise.

        Raises:
            SavedFunctionError: the function writes variables (a training step does, and so does
                drawing random numbers), prints, or is given or returns something that cannot be
                written.
            MissingExtraError: the package flatbuffers is not installed.
        """
        from glasstape.compiler import saving  # jax.export takes a while to import

        call = self._sign(*self._given(args, kwargs))
        saving.save(
            path, saving.Function(self._name, self._parameters, call, self._known, self._trace)
        )

    def _known(self, call: signatures.Signature) -> Traced:
        return self._entry(call).traced

    def _given(self, args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
        """The arguments, or those of the input signature when there are none."""
        if self._signature is not None and not args and not kwargs:
            return self._signature.specs, {}
        return args, kwargs

    def _inspected(self, args: tuple, kwargs: dict[str, Any]) -> inspection.Inspected:
        call = self._sign(*self._given(args, kwargs))
        found = arguments(self._parameters, *call.arguments())
        return inspection.Inspected(self._name, found, call.inputs, self._entry(call))

    def _sign(self, args: tuple, kwargs: dict[str, Any]) -> signatures.Signature:
        return signatures.sign(*self._fitted(args, kwargs))

    def _fitted(self, args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
        """By position where that can be, and as the input signature wants them."""
        args, kwargs = self._parameters.bind(args, kwargs)
        return (args, kwargs) if self._signature is None else self._signature.fit(args, kwargs)

    def _run(self, call: signatures.Signature, remember_as: tuple | None = None) -> Any:
        taped = not jax_trace.is_plain()
        self._calls += 1
        entry = self._table.find(call.key)
        probe = self._probe_for(entry.key if entry else call.key, entry)
        known = entry is not None and probe in entry.programs
        with contextlib.nullcontext() if known else _collector_waits():
            entry = entry or self._entry(call)
            program = entry.program(probe)
            if remember_as is not None:
                self._remember(remember_as, entry)
            if taped:
                program.tell_reads()
            compiled = jax_program.compile_seconds()
            try:
                return program.run(call.inputs, self._calls, keep_state=taped)
            finally:
                if not known:
                    self._traces.compiled(entry.key, jax_program.compile_seconds() - compiled)

    def _remember(self, args: tuple, entry: Entry) -> None:
        key, _ = quick_call(args)
        # A step may freeze variables itself, and then fits no call but its own.
        if key is not None and entry.changed() is None:
            self._repeated[key] = entry

    def _probed(self, entry: Entry) -> Program | None:
        """The program for a call while a glass is open; None when there is one yet to be made."""
        if not entry.is_complete(active_probe()):
            return None
        return entry.programs.get(self._probe_for(entry.key, entry))

    def _probe_for(self, key: Hashable, entry: Entry | None) -> Probe | None:
        """The active probe, when this call is one it wants to look at."""
        probe = active_probe()
        if probe is None:
            return None
        variables = entry.gradients if entry else None
        if variables is not None and not variables:
            return None
        return probe if probe.due((id(self), key), self._name, variables) else None

    def _entry(self, call: signatures.Signature) -> Entry:
        """The trace for this call; made when there is none yet."""
        with self._lock:
            entry = self._table.find(call.key) or self._relaxing.find(call)
            if entry is None:
                changed = self._table.changed(call.key) or self._relaxing.changed(call)
                start = time.perf_counter()
                warming.start()
                with _collector_waits():
                    made = self._relaxing.trace(call, self._trace)
                steps = self._options.steps_per_call
                entry = Entry(self._name, made.call, made.traced, steps)
                self._relaxing.keep(call, made, entry)
                self._traces.add(call, time.perf_counter() - start, changed, made.note)
            return entry

    def _trace(self, call: signatures.Signature) -> Traced:
        try:
            # Staging must not be recorded by a tape that is open around this call.
            with jax_trace.eval_context(), keras_state.unobserved():
                is_first = not self._traces.made
                traced = tracing.trace(
                    lambda step: creations.trace(step, call, is_first),
                    self._python_function,
                    call.arguments(),
                    self._options.autograph,
                )
                leaks.replace(traced.origin, self._python_function)
                return traced
        except Exception as error:
            failures.explain_tracing(error, self._name)
            raise


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


@overload
def function(func: Callable[..., Any]) -> Function: ...


@overload
def function(
    func: None = None,
    *,
    input_signature: Sequence[Any] | None = None,
    autograph: bool = True,
    jit_compile: bool | None = None,
    reduce_retracing: bool = False,
    experimental_relax_shapes: bool | None = None,
    steps_per_call: int = 1,
) -> Callable[[Callable[..., Any]], Function]: ...


def function(
    func: Callable[..., Any] | None = None,
    *,
    input_signature: Sequence[Any] | None = None,
    autograph: bool = True,
    jit_compile: bool | None = None,
    reduce_retracing: bool = False,
    experimental_relax_shapes: bool | None = None,
    steps_per_call: int = 1,
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
        input_signature: A `TensorSpec`, or a nested structure of them, for each positional
            argument: the step is traced once, for these, and other calls are refused. Numbers,
            lists and NumPy arrays are made tensors of the spec's dtype. Where a size is None the
            trace is for any size from 2 on.
        autograph: Whether Python's ``if``, ``while``, ``for`` and the like on tensors become part
            of the program, in the step and in all functions and layers of the user's it calls.
            Steps that have none are not translated, and cost nothing.
        jit_compile: Accepted for TensorFlow's sake; every step is compiled by XLA.
        reduce_retracing: Trace once more, and not each time, when the size of a dimension changes:
            for any size from 2 on. Where the step needs the size itself each one is traced, and
            `Function.traces` names the line.
        experimental_relax_shapes: Older name of `reduce_retracing`.
        steps_per_call: Up to so many calls wait and are run by one compiled loop, which is quicker
            for small nets. Reading a variable or the values of a result runs what is waiting, so
            what you see is always what single steps give. Results are arrays whose values are
            computed when they are looked at. A step that prints never waits.

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
    options = Options(
        input_signature,
        autograph,
        jit_compile,
        reduce_retracing if experimental_relax_shapes is None else experimental_relax_shapes,
        _checked_steps(steps_per_call),
    )
    return functools.partial(Function, options=options) if func is None else Function(func, options)


def _checked_steps(steps_per_call: Any) -> int:
    try:
        steps = operator.index(steps_per_call)
    except TypeError:
        steps = 0
    if steps < 1:
        raise StepTypeError(
            "function(steps_per_call=...) was given something that is no number of calls.",
            expected="1, 2, 3, ...",
            received=repr(steps_per_call),
            fix="use 1 to run each call at once, or about 10 to 50 for a small net",
            where=sources.user_source(),
        )
    return steps
