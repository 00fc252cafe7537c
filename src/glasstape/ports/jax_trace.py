"""Recording what JAX executes: a Trace that returns plain arrays.

Since JAX 0.4.36 the current trace sees every primitive by context, whatever the type of its
arguments. `RecordingTrace` hands each primitive to the trace below it, so what leaves it is an
ordinary array, and tells a `Sink` about the primitives whose inputs the sink knows.

Three rules paid for by others:

* Never bind a primitive or run user code while the trace is taken: since JAX 0.11 the current
  trace is then None. Set the parent first.
* Enter and leave by hand (`enter`, `leave`), so that a tape left open by a generator is noticed.
* Compare traces with ``is``.
"""

from __future__ import annotations

import contextlib
import functools
import gc
from collections.abc import Callable, Iterator, Sequence, Sized
from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Trace, Tracer, eval_context, eval_jaxpr
from jax.dtypes import float0
from jax.errors import ConcretizationTypeError
from jax.extend.core import find_top_trace, set_current_trace

from glasstape.ports import jax_program
from glasstape.ports.jax_pending import PendingArray

__all__ = [
    "Operation",
    "RecordingTrace",
    "Sink",
    "alias",
    "below_tapes",
    "current_trace",
    "detached_alias",
    "eval_context",
    "float0",
    "has_young_tracer",
    "is_abstract",
    "is_batching",
    "is_differentiable",
    "is_eager",
    "is_plain",
    "is_recorded",
    "is_tracer",
    "set_current_trace",
    "tracers_of",
]  # fmt: skip

# Primitives that carry sub-programs. Inside a compiled trace they are linearized when they are
# recorded: running their forward pass again later would duplicate loops, which XLA never merges.
_CALL_LIKE = frozenset(
    {"jit", "scan", "while", "cond", "remat2", "checkpoint", "custom_jvp_call", "custom_vjp_call",
     "custom_lin", "shard_map", "xla_pmap", "closed_call", "core_call", "call_hi_primitive"}
)  # fmt: skip


def current_trace() -> Trace:
    """The trace that sees the next primitive of this thread."""
    # Whatever it is given; `take_current_trace`, a context manager, costs 0.3 microseconds more.
    return find_top_trace(())


with eval_context():
    _EVAL_TRACE = current_trace()


def is_tracer(value: object) -> bool:
    """True for a value of a program that is being traced."""
    return isinstance(value, Tracer) and type(value) is not PendingArray


def is_abstract(value: Any) -> bool:
    """True for a value of a program that is being traced, whose number is not known yet.

    Inside `jax.grad` of eager code, there is one.
    """
    if not is_tracer(value):
        return False
    if type(value._trace).__name__ == "DynamicJaxprTrace":
        return True
    try:
        bool(value.ravel()[:1].sum())
    except ConcretizationTypeError:
        return True
    return False


def below_tapes(trace: Any) -> Any:
    """The innermost trace that is not a tape's."""
    while isinstance(trace, RecordingTrace):
        trace = trace.parent
    return trace


def is_plain() -> bool:
    """True when operations run at once and nobody records them."""
    return find_top_trace(()) is _EVAL_TRACE


def is_eager() -> bool:
    """True when operations run at once: plain eager code, or tapes over it."""
    return below_tapes(current_trace()) is _EVAL_TRACE


def is_recorded() -> bool:
    """True when a tape looks on, in eager code or inside a program."""
    return isinstance(current_trace(), RecordingTrace)


def is_batching() -> bool:
    """True inside ``vmap``."""
    return type(below_tapes(current_trace())).__name__ == "BatchTrace"


def is_differentiable(value: Any) -> bool:
    """True for floating-point and complex arrays."""
    return _is_inexact(value.dtype)


@functools.cache
def _is_inexact(dtype: Any) -> bool:
    return jnp.issubdtype(dtype, np.inexact)


def alias(value: Any) -> Any:
    """The same numbers under a new identity.

    A copy, not a view: a view would share the buffer that a compiled step may be given to
    overwrite, and no reference count would tell.
    """
    return jnp.copy(value)


def detached_alias(value: Any) -> Any:
    """An `alias` that no open tape records."""
    below = trace_of(value) if is_tracer(value) else None
    with set_current_trace(below) if below is not None else eval_context():
        return alias(value)


def program_title(primitive: Any, params: dict[str, Any]) -> str:
    """Name of a primitive, or of the function it calls."""
    name = params.get("name") if primitive.name in _CALL_LIKE else None
    return name.lstrip("_") if isinstance(name, str) and name.strip("_") else primitive.name


_UNKNOWN = object()


class Operation:
    """One primitive with its parameters, ready to run again on any trace.

    Attributes:
        name: The primitive's name, such as ``dot_general``.
        key: Hashable when two operations with equal keys compute the same function of their
            inputs, else None. Closures of the user's own make it None: what they read may
            change between calls.
        is_call_like: True when it carries a sub-program.
    """

    __slots__ = ("_bound", "_key", "params", "primitive", "subfuns")

    def __init__(self, primitive: Any, params: dict[str, Any], subfuns: tuple | None = None):
        self.primitive = primitive
        self.params = params
        self.subfuns = subfuns
        self._bound = False
        self._key: Any = _UNKNOWN

    @property
    def name(self) -> str:
        """Name of the primitive."""
        return self.primitive.name

    @property
    def title(self) -> str:
        """What the user calls it: the function's name for a compiled or custom function."""
        if self.subfuns is not None:
            return getattr(self.subfuns[0].f, "__name__", self.name)
        return program_title(self.primitive, self.params)

    @property
    def key(self) -> Any:
        """See above; made when it is first asked for, which recording alone does not."""
        if self._key is _UNKNOWN:
            self._key = self._make_key()
        return self._key

    @property
    def is_call_like(self) -> bool:
        """True when the operation carries a sub-program."""
        return self.subfuns is not None or self.primitive.name in _CALL_LIKE

    @property
    def has_closure(self) -> bool:
        """True for a custom rule of the user's, which may read what changes between calls."""
        return self.subfuns is not None and self.key is None

    def with_loops_replaced(self, replace: Callable[..., list[Any]]) -> Operation:
        """This operation, or one in which each ``while`` inside is run by `replace`."""
        if self.subfuns is not None or not jax_program.has_loop(self.params):
            return self
        return Operation(self.primitive, jax_program.with_loops_replaced(self.params, replace))

    def closed_over(self) -> Iterator[Any]:
        """What the user's functions of a custom rule read from the functions around them."""
        for wrapped in self.subfuns or ():
            yield from _closed_over(wrapped.f)

    def bind(self, *args: Any) -> list[Any]:
        """Run on the current trace; always a list of outputs."""
        params = self.params
        if self.subfuns is not None:
            if self._bound:
                self._forget_output_trees()
            self._bound = True
            params = {**params, "subfuns": self.subfuns}
        out = self.primitive.bind(*args, **params)
        return list(out) if self.primitive.multiple_results else [out]

    def bind_opened(self, *args: Any) -> list[Any]:
        """`bind`, but a jitted function of a few operations runs as these."""
        opened = jax_program.few_operations(self.primitive, self.params)
        return self.bind(*args) if opened is None else opened(*args)

    def run(self, args: Sequence[Any], eager: Trace | None) -> list[Any]:
        """Run while it is recorded: the same as `bind`, quicker in eager code.

        Args:
            args: As they came out of a `bind`.
            eager: The current trace when it runs operations at once, else None.
        """
        if self.subfuns is not None:
            return self.bind(*args)
        out = _run(self.primitive, args, self.params, eager)
        return list(out) if self.primitive.multiple_results else [out]

    def _forget_output_trees(self) -> None:
        # JAX's wrapped functions note their output structure once and refuse a second call. The
        # call that made them has long returned, so nobody reads the note again.
        for function in self.subfuns or ():
            for store in function.stores:
                if store:
                    store.reset()

    def _make_key(self):
        params, functions = self.params, None
        if self.subfuns is not None:
            if not _is_library_function(self.subfuns[0]):
                return None
            # The thunks of the output structure are new in each call; the functions and the
            # input structure (a transform of the first one) determine it.
            params = {k: v for k, v in params.items() if k != "out_trees"}
            functions = (self.subfuns[0], *((f.f, f.params) for f in self.subfuns[1:]))
        key = (self.primitive, tuple(params.items()), functions)
        try:
            hash(key)
        except TypeError:
            return None
        return key


def _is_library_function(wrapped: Any) -> bool:
    """True for a module-level function of JAX or Keras: pure, and the same object every time."""
    package = (getattr(wrapped.f, "__module__", None) or "").split(".")[0]
    return package in ("jax", "keras") and "<locals>" not in getattr(wrapped.f, "__qualname__", "")


def _closed_over(function: Any) -> Iterator[Any]:
    for cell in getattr(function, "__closure__", None) or ():
        # An empty cell is a name that is not assigned yet.
        with contextlib.suppress(ValueError):
            yield from jax.tree.leaves(cell.cell_contents)


class Sink(Protocol):
    """What `RecordingTrace` reports to."""

    @property
    def shadows(self) -> Sized:
        """Not empty when `cast_shadows` wants to hear of operations that are not recorded."""
        ...

    def known(self, args: Sequence[Any]) -> tuple[int, ...]:
        """Positions of the inputs to follow; empty: not to be recorded."""
        ...

    def knows_any(self, values: Sequence[Any]) -> bool:
        """Whether any of these captured constants is followed."""
        ...

    def execute(
        self,
        operation: Operation,
        args: Sequence[Any],
        known: tuple[int, ...],
        eager: Trace | None,
    ) -> list[Any]:
        """Run `operation` on the current trace, note it, and return its outputs."""
        ...

    def cast_shadows(self, args: Sequence[Any], outs: Sequence[Any]) -> None:
        """An operation that is not recorded made `outs` of `args`."""
        ...


# `jax.jit` keeps an entry a function for each trace it was called under, and searches them one by
# one. Tapes of eager code stand there as one: 10,000 of them made each call take 10 times as long.
_any_eager_tape = Trace()


class RecordingTrace(Trace):
    """Runs every primitive in `parent` and reports to `sink` those that touch what it knows."""

    __slots__ = ("_eager", "active", "left", "parent", "sink")

    def __init__(self, parent: Trace, sink: Sink):
        super().__init__()
        # JAX 0.12 replaces operations that have a derivative of their own, such as `ldexp`, by
        # the bit operations they are made of, which have none, unless a trace asks for them whole.
        self.requires_low = False
        self.parent = parent
        self.sink = sink
        self.active = True
        self.left = False
        self._eager = parent if below_tapes(parent) is _EVAL_TRACE else None
        if self._eager is not None:
            self._weakref = _any_eager_tape._weakref

    def enter(self) -> None:
        """Make this the current trace."""
        set_current_trace(self).__enter__()

    def leave(self) -> bool:
        """Stop recording; False when another trace of this thread was entered after this one.

        Such a trace still runs its operations through this one, which now only passes them on;
        whoever is left last makes the innermost trace still open current again.
        """
        self.active, self.left = False, True
        # JAX keeps a trace with rules for derivatives that it has found; what was recorded goes.
        del self.sink
        if current_trace() is not self:
            return False
        below = self.parent
        while isinstance(below, RecordingTrace) and below.left:
            below = below.parent
        set_current_trace(below).__enter__()
        return True

    def stage_value(self, val):
        """As in `Trace`."""
        with set_current_trace(self.parent):
            return self.parent.stage_value(val)

    def process_primitive(self, primitive, args, params, /):
        """Run in the parent and report."""
        known = self.sink.known(args) if self.active else ()
        if primitive.name == "jit" and self.active:
            jaxpr = params["jaxpr"]
            if jaxpr.consts and self.sink.knows_any(jaxpr.consts):
                # A jitted closure over something we follow: its constant is not an input, so
                # open the call and record what is inside.
                with set_current_trace(self):
                    return eval_jaxpr(jaxpr.jaxpr, jaxpr.consts, *args)
        with set_current_trace(self.parent):
            if known:
                outs = self.sink.execute(Operation(primitive, params), args, known, self._eager)
                return outs if primitive.multiple_results else outs[0]
            outs = _run(primitive, args, params, self._eager)
            if self.active and self.sink.shadows:
                self.sink.cast_shadows(args, outs if primitive.multiple_results else [outs])
            return outs

    # JAX <= 0.10 still has call primitives in final style (core_call, xla_pmap); running the
    # function under this trace records what is inside. Gone with the floor at JAX 0.11.
    def process_call(self, call_primitive, f, tracers, params, /):
        """Run what the call contains under this trace."""
        with set_current_trace(self):
            return f.call_wrapped(*tracers)

    def process_custom_jvp_call(self, primitive, fun, jvp, tracers, /, *, symbolic_zeros):
        """Keep the custom rule."""
        return self._custom(primitive, (fun, jvp), tracers, {"symbolic_zeros": symbolic_zeros})

    def process_custom_vjp_call(self, primitive, fun, fwd, bwd, tracers, /, **params):
        """Keep the custom rule."""
        return self._custom(primitive, (fun, fwd, bwd), tracers, params)

    def _custom(self, primitive, subfuns, args, params):
        known = self.sink.known(args) if self.active else ()
        with set_current_trace(self.parent):
            if known:
                return self.sink.execute(Operation(primitive, params, subfuns), args, known, None)
            outs = primitive.bind(*args, subfuns=subfuns, **params)
            if self.active and self.sink.shadows:
                self.sink.cast_shadows(args, outs)
            return outs


def _run(primitive: Any, args: Sequence[Any], params: dict[str, Any], eager: Trace | None) -> Any:
    # A `bind` has prepared the arguments already. Not doing it again where operations run at once
    # saves 4 of 15 microseconds.
    if eager is None:
        return primitive.bind(*args, **params)
    if primitive.name == "jit" and (program := jax_program.jitted(params)) is not None:
        return program(*args)
    if primitive.name in _CALL_LIKE and primitive.is_high(**params):
        return primitive.bind(*args, **params)
    return eager.process_primitive(primitive, args, params)


def tracers_of(trace: Any) -> list[Any]:
    """The values of a program that are still kept after it was traced; slow."""
    return [r for r in gc.get_referrers(trace) if is_tracer(r) and r._trace is trace]


def has_young_tracer(trace: Any) -> bool:
    """Whether a value of this program is among the objects no collection has looked at yet."""
    is_tracer_kind: dict[type, bool] = {}
    for value in gc.get_objects(generation=0):
        kind = type(value)
        known = is_tracer_kind.get(kind)
        if known is None:
            known = is_tracer_kind[kind] = issubclass(kind, Tracer)
        if known and value._trace is trace:
            return True
    return False


def trace_of(tracer: Any) -> Trace:
    """The trace a tracer belongs to."""
    return tracer._trace
