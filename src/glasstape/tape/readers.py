"""The readers of a tape that compute no gradient: the table, the graph, the picture, and why."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from glasstape import sources as places
from glasstape.errors import TapeUsedUpError
from glasstape.ports import jax_trace
from glasstape.tape import arguments, cotangents, picture, show, structures, table, why
from glasstape.tape import graph as graphs
from glasstape.tape.record import Record
from glasstape.tape.recorder import Recorder
from glasstape.tape.why import Explanation


class Readers:
    """What a `GradientTape` tells of its record; the record stays as it is."""

    _persistent: bool
    _recorder: Recorder
    _used_up: bool
    _past: why.Past | None = None

    @property
    def records(self) -> tuple[Record, ...]:
        """What was recorded so far, in order."""
        return tuple(self._recorder.records)

    def __repr__(self) -> str:
        kind = ", persistent" if self._persistent else ""
        state = ", used up" if self._used_up else ""
        return f"<GradientTape: {len(self._recorder.records)} operations{kind}{state}>"

    def __str__(self) -> str:
        return table.table(self._recorder.records)

    def why(self, target: Any, source: Any) -> Explanation:
        """Why the gradient of `target` with respect to `source` is None, zero or not finite.

        On a tape that `gradient` has used up it can still be asked of each source whose gradient
        was None. Zeros need the record: ask before `gradient`, or of a persistent tape. Inside a
        compiled step it tells of ways and cuts, not of numbers.

        Args:
            target: As in `gradient`.
            source: One tensor or variable.

        Returns:
            An `Explanation`, which prints as text and has the attributes `kind`, `operation`,
            `source` (file and line), `layer` and `record`.

        Raises:
            TapeUsedUpError: the record is gone and that gradient was not None.
            TapeStateError: the tape never recorded anything.
            TapeTypeError: the target or source is not a tensor or a variable.

        Example:
            >>> import jax.numpy as jnp
            >>> import glasstape as gt
            >>> x = jnp.array([1.0, 3.0])
            >>> with gt.GradientTape() as tape:
            ...     tape.watch(x)
            ...     y = 2.0 * jnp.argmax(x)
            >>> print(tape.why(y, x))
            The gradient with respect to the f32[2] tensor is None: the path is cut at `argmax`.
              Because: it gives i32[], and positions have no derivative
              At: ...
        """
        targets = structures.flatten(target)
        if self._used_up:
            return self._why_afterwards(targets, source)
        asked = self._targets(targets, "why")
        arrays = self._source_arrays(source, asked, "why")
        with jax_trace.set_current_trace(jax_trace.below_tapes(jax_trace.current_trace())):
            return why.explain(self._recorder, [a for _, a in asked], source, arrays)

    def _why_afterwards(self, targets: Sequence[Any], source: Any) -> Explanation:
        past = self._past
        found = past.explain(source) if past is not None and past.is_about(targets) else None
        if found is not None:
            return found
        raise TapeUsedUpError(
            "tape.why was asked of a tape whose record is gone.",
            expected="a target and a source whose gradient was None",
            received=f"{why.label(source)}, whose gradient was not None or was not asked for",
            fix="use GradientTape(persistent=True), or ask before tape.gradient",
            where=places.user_source(2),
        )

    def cotangents(self, target: Any, output_gradients: Any = None) -> list[tuple[Any, ...]]:
        """The gradient of `target` at every point of the network.

        Computed by one compiled walk in eager code. It is not recorded by any tape and does not
        use this one up.

        Args:
            target: As in `gradient`.
            output_gradients: As in `gradient`.

        Returns:
            For each record, in order, one entry an output: the gradient with respect to it, of
            its shape and dtype, or None where no way leads to the target.

        Raises:
            TapeUsedUpError: the record is gone.
            TapeStateError: the tape never recorded anything.
            TapeTypeError: a target is not a tensor or a variable.
            TapeValueError: `output_gradients` does not fit the targets.

        Example:
            >>> import jax.numpy as jnp
            >>> import glasstape as gt
            >>> x = jnp.array([1.0, -2.0])
            >>> with gt.GradientTape() as tape:
            ...     tape.watch(x)
            ...     y = jnp.sum(jnp.square(x) * 3.0)
            >>> [(r.name, c.tolist()) for r, (c,) in zip(tape.records, tape.cotangents(y))]
            [('square', [3.0, 3.0]), ('multiply', [1.0, 1.0]), ('reduce_sum', 1.0)]
        """
        self._check_unused("cotangents")
        asked = self._targets(structures.flatten(target), "cotangents")
        targets = [array for _, array in asked]
        with jax_trace.set_current_trace(jax_trace.below_tapes(jax_trace.current_trace())):
            seeds = arguments.seeds_for(targets, output_gradients)
            return cotangents.of_records(self._recorder.records, targets, seeds)

    def graph(self) -> dict[str, Any]:
        """The tape as plain data, which `json.dumps` takes.

        Returns:
            ``nodes``, ``edges``, ``groups`` and ``watched_variables``. A node is an operation, a
            variable, a watched tensor, a constant, or a cut: an operation that no gradient passes.
            It has a name, its layer, the user's file and line, the group it lies in, and the shape
            and dtype of each output. An edge says which output of one node another one reads, and
            whether the tape follows it. A group is one call of a layer or loss; its ``parent`` is
            the group around it.

        Raises:
            TapeUsedUpError: the record is gone.
            TapeStateError: the tape never recorded anything.

        Example:
            >>> import jax.numpy as jnp
            >>> import glasstape as gt
            >>> x = jnp.ones(3)
            >>> with gt.GradientTape() as tape:
            ...     tape.watch(x)
            ...     y = jnp.sum(x)
            >>> [(n["kind"], n["name"]) for n in tape.graph()["nodes"]]
            [('operation', 'reduce_sum'), ('tensor', 'tensor')]
        """
        self._check_unused("graph")
        return graphs.as_data(graphs.Graph(self._recorder), self._recorder)

    def show(self, path: str | os.PathLike[str] = "tape.html", target: Any = None) -> Path:
        """Draw the tape into an HTML file that needs no network.

        The picture can be moved, zoomed and searched, layers fold, and each operation tells its
        line, the norm and extremes of its value and, with a `target`, of the gradient arriving at
        it. What is zero everywhere, not finite, or cuts the path is marked. In eager code; inside
        a compiled step the picture has no numbers.

        Args:
            path: The file to write.
            target: As in `gradient`, or None for a picture without gradients.

        Returns:
            The path.

        Raises:
            TapeUsedUpError: the record is gone.
            TapeStateError: the tape never recorded anything.
            TapeTypeError: a target is not a tensor or a variable.

        Example:
            >>> import tempfile
            >>> import jax.numpy as jnp
            >>> import glasstape as gt
            >>> x = jnp.ones(3)
            >>> with gt.GradientTape() as tape:
            ...     tape.watch(x)
            ...     y = jnp.sum(jnp.sin(x))
            >>> tape.show(tempfile.mkdtemp() + "/tape.html", target=y).name
            'tape.html'
        """
        self._check_unused("show")
        targets = [] if target is None else structures.flatten(target)
        arrays = [array for _, array in self._targets(targets, "show")]
        with jax_trace.set_current_trace(jax_trace.below_tapes(jax_trace.current_trace())):
            data = show.with_numbers(self._recorder, arrays)
        path = Path(path)
        path.write_text(picture.page(data), encoding="utf-8")
        return path

    def _targets(self, targets: Sequence[Any], method: str) -> list[tuple[Any, Any]]:
        """Each target and what it stands for in the record."""
        self._check_unused(method)
        return [(t, self._target(t, method)) for t in targets]

    # What `GradientTape` does for all its questions.

    def _check_unused(self, method: str) -> None:
        raise NotImplementedError

    def _target(self, target: Any, method: str) -> Any:
        raise NotImplementedError

    def _source_arrays(
        self, source: Any, asked: Sequence[tuple[Any, Any]], method: str
    ) -> list[Any]:
        raise NotImplementedError
