"""Importing Keras without what it would import only because it happens to be installed."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

# Keras looks for these at its import, and for TensorFlow when a seed is set, to offer wrappers
# and plots. Where all are installed this takes longer than all the rest; see docs/startup.md.
UNNEEDED = ("matplotlib", "pandas", "sklearn", "tensorflow")


@contextlib.contextmanager
def without(*packages: str) -> Iterator[None]:
    """Inside, an import of one of `packages` that is not there yet fails as if not installed.

    None in ``sys.modules`` is how Python itself spells that ("The module cache", *The Python
    Language Reference*, 5.3.1).
    """
    hidden = [p for p in packages if p not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # pyright: ignore[reportCallIssue, reportArgumentType]
    try:
        yield
    finally:
        for package in hidden:
            sys.modules.pop(package, None)
