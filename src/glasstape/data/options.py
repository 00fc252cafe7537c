"""`Options`: what ``tf.data.Options`` says, taken and left."""

from __future__ import annotations

from typing import Any


class Options:
    """Any option of ``tf.data.Options`` may be set and read; nothing here depends on one.

    Threads are used where they pay, and order is kept unless `map` is told ``deterministic=False``.

    Example:
        >>> import glasstape as gt
        >>> options = gt.data.Options()
        >>> options.threading.private_threadpool_size = 4
        >>> options.experimental_deterministic = False
    """

    deterministic: bool | None = None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        self.__dict__[name] = group = Options()
        return group

    def __bool__(self) -> bool:
        return False  # an option that nobody has set
