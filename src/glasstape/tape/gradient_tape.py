"""`GradientTape`: TensorFlow's tape for JAX arrays and Keras variables."""

from __future__ import annotations

import contextlib
import functools
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import jax

from glasstape import sources as places
from glasstape.errors import TapeStateError, TapeTypeError, TapeUsedUpError
from glasstape.guards import events
from glasstape.ports import jax_trace, keras_hooks, keras_state
from glasstape.tape import arguments, reverse, structures, why
from glasstape.tape import jacobian as jacobians
from glasstape.tape.arguments import UnconnectedGradients
from glasstape.tape.readers import Readers
from glasstape.tape.recorder import Recorder


def _on_read(trace: jax_trace.RecordingTrace, recorder: Recorder, variable: Any, value: Any) -> Any:
    """What a tape does when a variable is read while it is open; the value to hand out."""
    if trace.active:
        return recorder.variable_read(variable, value)
    recorder.variable_read_unrecorded(variable)
    return value


class GradientTape(Readers):
    """Records operations so that they can be differentiated.

    Arguments, defaults and behaviour follow ``tf.GradientTape``. Trainable Keras variables are
    watched when they are read; other arrays on request. Works the same in eager code and inside
    a `glasstape.function`; tapes nest.

    Args:
        persistent: When False, `gradient` may be called once and frees the record. When True
            it may be called as often as wanted, until the tape is garbage-collected.
        watch_accessed_variables: Watch every trainable variable read inside the tape.

    Example:
        >>> import jax.numpy as jnp
        >>> import glasstape as gt
        >>> x = jnp.array(3.0)
        >>> with gt.GradientTape() as tape:
        ...     tape.watch(x)
        ...     y = x * x
        >>> float(tape.gradient(y, x))
        6.0
    """

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True):
        self._persistent = persistent
        self._recorder = Recorder(watch_accessed_variables)
        self._trace: jax_trace.RecordingTrace | None = None
        self._observer: keras_state.ReadObserver | None = None
        self._entered: places.Mark | None = None
        self._used_up = False

    # ----- the context -----

    def __enter__(self) -> GradientTape:
        if self._trace is not None:
            raise TapeStateError(
                "The tape is already recording.",
                expected="one `with tape:` at a time",
                received="a second one inside the first",
                fix="leave the first `with`, or make a second GradientTape()",
                where=places.user_source(),
            )
        if self._used_up:
            self._start_anew()
        self._entered = places.mark(2)
        self._trace = jax_trace.RecordingTrace(jax_trace.current_trace(), self._recorder)
        self._trace.enter()
        # Not a bound method, which would keep alive a tape that nobody leaves.
        self._observer = functools.partial(_on_read, self._trace, self._recorder)
        keras_state.add_observer(self._observer)
        return self

    def __exit__(self, *exc_info: Any) -> None:
        if self._trace is None:
            return
        if not self._leave(self._trace) and exc_info[0] is None:
            raise TapeStateError(
                "The tape was left out of order or on another thread.",
                expected="the tape that was entered last to be left first",
                received="another tape (or none) recording when this one was left",
                fix="do not `yield` inside `with GradientTape()`, and leave tapes in "
                "the reverse order of entering them",
                where=places.user_source(),
            )

    def _leave(self, trace: jax_trace.RecordingTrace) -> bool:
        """Stop recording; False when the tape was not the innermost one of this thread."""
        self._trace = None
        if self._observer is not None:
            keras_state.remove_observer(self._observer)
        return trace.leave()

    def __del__(self) -> None:
        # Entered by hand and forgotten, as TensorFlow's may be once its gradient was taken.
        trace = getattr(self, "_trace", None)  # not there when `__init__` failed
        if trace is None or self._entered is None or sys.is_finalizing():
            return
        self._leave(trace)
        self._recorder.clear()
        if not self._used_up:
            entered = self._entered.source
            warnings.warn_explicit(
                "A GradientTape was entered and never left. It has recorded up to now; it is "
                "closed, because nobody refers to it any more. Use `with GradientTape() as tape:`.",
                UserWarning,
                entered.file,
                entered.line,
            )

    # ----- what is recorded -----

    def watch(self, tensor: Any) -> None:
        """Follow a tensor, a variable, or a nested structure of them from now on.

        Args:
            tensor: ``jax.Array`` or Keras variable of a floating-point or complex dtype, or a
                list, tuple or dict of them.

        Raises:
            TapeTypeError: for anything else; a NumPy array has no identity in a program.
        """
        for leaf in structures.flatten(tensor):
            if keras_state.is_variable(leaf):
                self._recorder.watch_variable(leaf)
                continue
            arguments.check_tensor(leaf, "tape.watch")
            if not jax_trace.is_differentiable(leaf):
                warnings.warn(
                    f"tape.watch: only floating-point and complex tensors have gradients, this "
                    f"one is {leaf.dtype} ({places.user_source()})",
                    stacklevel=2,
                )
                continue
            self._recorder.watch_array(leaf)

    @contextlib.contextmanager
    def stop_recording(self) -> Iterator[None]:
        """Record nothing inside this context.

        Raises:
            TapeStateError: when the tape is not recording.
        """
        trace = self._recording("stop_recording")
        trace.active = False
        try:
            yield
        finally:
            trace.active = True

    def reset(self) -> None:
        """Forget everything recorded and watched so far, and go on recording.

        Raises:
            TapeStateError: when the tape is not recording.
        """
        self._recording("reset")
        self._start_anew()

    def _start_anew(self) -> None:
        self._recorder.clear()
        self._recorder.forget_variables()
        self._used_up, self._past = False, None

    def _recording(self, method: str) -> jax_trace.RecordingTrace:
        trace = self._trace
        if trace is None or not trace.active:
            raise TapeStateError(
                f"tape.{method}() was called while the tape is not recording.",
                expected="a call inside `with GradientTape() as tape:`",
                received="a call outside of it, or after gradient() had ended the recording",
                fix="remove the call, or move it into the `with`",
                where=places.user_source(2),
            )
        return trace

    def watched_variables(self) -> tuple[Any, ...]:
        """The variables watched so far, in the order in which they were created."""
        variables = (reads.variable for reads in self._recorder.reads.values())
        return tuple(sorted(variables, key=keras_state.creation_number))

    # ----- gradients -----

    def gradient(
        self,
        target: Any,
        sources: Any,
        output_gradients: Any = None,
        unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.NONE,
    ) -> Any:
        """The gradient of `target` with respect to `sources`, by reverse accumulation.

        For a target y of any shape and a source x this is Σᵢ gᵢ ∂yᵢ/∂x with g the output
        gradients (ones by default); several targets are summed. For complex numbers it is, as in
        TensorFlow, the direction of steepest ascent: the conjugate of what `jax.grad` returns.

        Args:
            target: Tensor, variable or nested structure of them.
            sources: Tensor, variable or nested structure of them.
            output_gradients: One array a target, with the target's shape and dtype, or None.
            unconnected_gradients: ``"none"`` gives None where no path leads to a source,
                ``"zero"`` gives zeros.

        Returns:
            A structure like `sources`; each gradient has its source's shape and dtype.

        Raises:
            TapeUsedUpError: second call on a tape that is not persistent.
            TapeStateError: the tape never recorded anything.
            TapeTypeError: a target or source is not a tensor or a variable.
            TapeValueError: `output_gradients` does not fit the targets, or
                `unconnected_gradients` has an unknown value.
        """
        mode = self._ask("gradient", target, unconnected_gradients)
        asked = [(t, self._target(t, "gradient")) for t in structures.flatten(target)]
        targets = [array for _, array in asked]
        leaves = structures.flatten(sources)
        arrays = [self._source_arrays(s, asked, "gradient") for s in leaves]
        seeds = [arguments.conjugate(s) for s in arguments.seeds_for(targets, output_gradients)]
        kept = [i for i, t in enumerate(targets) if jax_trace.is_differentiable(t)]
        if len(kept) < len(targets):
            arguments.warn_integer_target(targets)
        plan = reverse.make_plan(self._recorder.records, [targets[i] for i in kept], arrays)
        gradients = [arguments.conjugate(g) for g in reverse.run(plan, [seeds[i] for i in kept])]
        self._keep_reasons(asked, zip(leaves, arrays, gradients, strict=True))
        if mode is UnconnectedGradients.ZERO:
            gradients = [
                arguments.zeros_like(s) if g is None else g
                for s, g in zip(leaves, gradients, strict=True)
            ]
        gradients = self._tell(targets, leaves, gradients)
        self._use_up()
        return structures.pack(sources, gradients)

    def jacobian(
        self,
        target: Any,
        sources: Any,
        unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.NONE,
        parallel_iterations: int | None = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """The Jacobian of one tensor: the gradient of each of its elements.

        Args:
            target: Tensor of any shape.
            sources: Tensor, variable or nested structure of them.
            unconnected_gradients: As in `gradient`.
            parallel_iterations: Accepted for TensorFlow's sake; unused.
            experimental_use_pfor: All elements at once (``vmap`` of the reverse pass). False goes
                through them in a loop, which needs less memory and more time.

        Returns:
            A structure like `sources`; each has shape ``target.shape + source.shape``.

        Raises:
            TapeUsedUpError: second call on a tape that is not persistent.
            TapeStateError: the tape never recorded anything.
            TapeTypeError: a target or source is not a tensor or a variable.
            TapeValueError: `unconnected_gradients` has an unknown value.

        Example:
            >>> import jax.numpy as jnp
            >>> import glasstape as gt
            >>> x = jnp.array([1.0, 2.0])
            >>> with gt.GradientTape() as tape:
            ...     tape.watch(x)
            ...     y = x**2
            >>> tape.jacobian(y, x).tolist()
            [[2.0, 0.0], [0.0, 4.0]]
        """
        del parallel_iterations
        mode = self._ask("jacobian", target, unconnected_gradients)
        asked = target, self._target(target, "jacobian")
        leaves = structures.flatten(sources)
        how = jacobians.rows if experimental_use_pfor else jacobians.rows_in_a_loop
        found = self._jacobians("jacobian", asked, leaves, how)
        if mode is UnconnectedGradients.ZERO:
            shapes = [asked[1].shape + tuple(s.shape) for s in leaves]
            found = [
                jax.numpy.zeros(shape, s.dtype) if j is None else j
                for j, s, shape in zip(found, leaves, shapes, strict=True)
            ]
        self._use_up()
        return structures.pack(sources, found)

    def batch_jacobian(
        self,
        target: Any,
        source: Any,
        unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.NONE,
        parallel_iterations: int | None = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """The Jacobian of each example of a batch, when examples do not depend on each other.

        Args:
            target: Tensor ``[batch, ...]``; row b depends on row b of `source` only.
            source: Tensor or variable ``[batch, ...]``.
            unconnected_gradients: As in `gradient`.
            parallel_iterations: Accepted for TensorFlow's sake; unused.
            experimental_use_pfor: As in `jacobian`.

        Returns:
            ``[batch] + target.shape[1:] + source.shape[1:]``.

        Raises:
            TapeValueError: the first dimensions differ, or as in `jacobian`.
            TapeUsedUpError: second call on a tape that is not persistent.
            TapeStateError: the tape never recorded anything.
            TapeTypeError: the target or source is not a tensor or a variable.

        Example:
            >>> import jax.numpy as jnp
            >>> import glasstape as gt
            >>> x = jnp.array([[1.0, 2.0], [3.0, 4.0]])
            >>> with gt.GradientTape() as tape:
            ...     tape.watch(x)
            ...     y = jnp.prod(x, axis=1, keepdims=True)
            >>> tape.batch_jacobian(y, x).tolist()
            [[[2.0, 1.0]], [[4.0, 3.0]]]
        """
        del parallel_iterations
        mode = self._ask("batch_jacobian", target, unconnected_gradients)
        asked = target, self._target(target, "batch_jacobian")
        self._source_arrays(source, [asked], "batch_jacobian")
        jacobians.check_batches(asked[1], source)
        how = jacobians.batch_rows if experimental_use_pfor else jacobians.batch_rows_in_a_loop
        (found,) = self._jacobians("batch_jacobian", asked, [source], how)
        if found is None and mode is UnconnectedGradients.ZERO:
            found = jax.numpy.zeros(asked[1].shape + tuple(source.shape[1:]), source.dtype)
        self._use_up()
        return found

    def _jacobians(
        self, method: str, asked: tuple[Any, Any], leaves: Sequence[Any], how: reverse.Walk
    ) -> list[Any]:
        arrays = [self._source_arrays(s, [asked], method) for s in leaves]
        target = asked[1]
        if jax_trace.is_differentiable(target):
            plan = reverse.make_plan(self._recorder.records, [target], arrays)
            found = [arguments.conjugate(j) for j in reverse.run(plan, [], how)]
        else:
            arguments.warn_integer_target([target])
            found = [None] * len(leaves)
        self._keep_reasons([asked], zip(leaves, arrays, found, strict=True))
        return found

    def _ask(self, method: str, target: Any, unconnected: Any) -> UnconnectedGradients:
        """What every question to the tape begins with."""
        self._check_unused(method)
        mode = arguments.unconnected(unconnected)
        if target is None:
            raise TapeTypeError(
                f"tape.{method} was called without a target.",
                expected="a tensor, a variable or a structure of them",
                received="target=None",
                fix="pass the loss you computed inside the tape",
                where=places.user_source(),
            )
        if not self._persistent and self._trace is not None:
            self._trace.active = False
        return mode

    def _keep_reasons(
        self, asked: Sequence[tuple[Any, Any]], found: Iterable[tuple[Any, list[Any], Any]]
    ) -> None:
        """Let it be told later why some of the gradients are None."""
        missing = [(source, arrays) for source, arrays, gradient in found if gradient is None]
        if missing:
            self._past = why.Past(self._recorder, asked, missing)
            keras_hooks.reasons.explain = self._past.explain

    def _use_up(self) -> None:
        """What every question to the tape ends with."""
        if not self._persistent:
            self._recorder.clear()
            self._used_up = True

    def _tell(self, targets: Sequence[Any], sources: Sequence[Any], gradients: list[Any]):
        """Report gradients of variables; the listener may put a barrier around them."""
        positions = [i for i, s in enumerate(sources) if keras_state.is_variable(s)]
        if not positions:
            return gradients
        event = events.GradientTaken(
            targets,
            [sources[i] for i in positions],
            [gradients[i] for i in positions],
            places.user_source(3),
        )
        for i, gradient in zip(positions, events.current().gradient_taken(event), strict=True):
            gradients[i] = gradient
        return gradients

    def _check_unused(self, method: str) -> None:
        if self._entered is None:
            raise TapeStateError(
                f"tape.{method} was called on a tape that never recorded.",
                expected="`with GradientTape() as tape:` around the forward pass",
                received="a tape that was only created",
                fix="compute the target inside the `with`",
                where=places.user_source(2),
            )
        if self._used_up:
            raise TapeUsedUpError(
                "A non-persistent GradientTape can only be used to compute one set of "
                "gradients (or jacobians).",
                expected="one call of tape.gradient, jacobian or batch_jacobian",
                received="a second call",
                fix="use GradientTape(persistent=True), or ask for all sources in one call",
                where=places.user_source(2),
            )

    def _target(self, target: Any, method: str) -> Any:
        if keras_state.is_variable(target):
            return self._recorder.variable_target(target)
        arguments.check_tensor(target, f"tape.{method} (target)")
        return target

    def _source_arrays(
        self, source: Any, asked: Sequence[tuple[Any, Any]], method: str
    ) -> list[Any]:
        """What `source` stands for in the record; `asked` are the targets and their arrays."""
        arrays = {id(array): array for target, array in asked if target is source}
        if keras_state.is_variable(source):
            reads = self._recorder.reads.get(id(source))
            return list({**(reads.arrays if reads else {}), **arrays}.values())
        arguments.check_tensor(source, f"tape.{method} (source)")
        return [source] if arrays or id(source) in self._recorder.followed else []
