"""Whether a loss that is NaN or infinite stops the update."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from glasstape.errors import NonFiniteLossError
from glasstape.sources import Source


class _Allowed(threading.local):
    depth = 0


_allowed = _Allowed()


@contextlib.contextmanager
def allow_nonfinite() -> Iterator[None]:
    """Let updates from a loss that is NaN or infinite pass, as TensorFlow does.

    By default such an update is refused: the variables keep their last good values and
    `NonFiniteLossError` names the line of the loss. Inside this context nothing is refused; a
    `glasstape.function` remembers what held when it was traced.

    Example:
        >>> import glasstape as gt
        >>> with gt.allow_nonfinite():
        ...     pass  # train_step(...)
    """
    _allowed.depth += 1
    try:
        yield
    finally:
        _allowed.depth -= 1


def is_guarded() -> bool:
    """True when a non-finite loss must stop the update."""
    return _allowed.depth == 0


def loss_error(kind: str, source: Source) -> NonFiniteLossError:
    """The error for a loss that is `kind` ("nan" or "infinite"), taken at `source`."""
    return NonFiniteLossError(
        f"The loss is {kind}; this update was not applied.",
        expected="a finite loss",
        received=f"{kind} in the target of tape.gradient",
        fix="look for log(0), a division by 0, or too large a learning rate; the variables still "
        "hold their last good values (gt.allow_nonfinite() lets such updates pass)",
        where=source,
    )
