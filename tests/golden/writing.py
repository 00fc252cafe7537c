"""How results of programs are written down: a line a program, so that a change can be read."""

from __future__ import annotations

import json
from collections.abc import Mapping


def text(versions: Mapping[str, str], topics: Mapping[str, Mapping[str, object]]) -> str:
    """A JSON file of what the programs of each topic gave."""
    parts = [f'"versions": {json.dumps(versions)}']
    for topic, results in topics.items():
        lines = [
            f"{json.dumps(name)}:{json.dumps(result, separators=(',', ':'))}"
            for name, result in results.items()
        ]
        parts.append(f"{json.dumps(topic)}: {{\n" + ",\n".join(lines) + "\n}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def raised(error: Exception) -> dict[str, str]:
    """What stands for a program that raises.

    The nearest built-in class: glasstape's must be derived from it, too.
    """
    builtin = next(c for c in type(error).__mro__ if c.__module__ == "builtins")
    return {"raises": builtin.__name__}
