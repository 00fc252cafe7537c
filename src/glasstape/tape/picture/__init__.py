"""The picture of a tape: one HTML file that needs no network."""

from __future__ import annotations

import json
import math
from importlib import resources
from typing import Any


def page(data: dict[str, Any]) -> str:
    """The HTML of the graph `data`; see `graph.as_data` and `show.with_numbers`."""
    text = json.dumps(_without_infinities(data), ensure_ascii=False, separators=(",", ":"))
    html = _part("page.html").replace("/*STYLE*/", _part("style.css"))
    html = html.replace("/*SCRIPT*/", _part("layout.js") + _part("view.js"))
    # A line of the user's source may contain the end of a script or the start of a comment.
    return html.replace("/*DATA*/", text.replace("<", "\\u003c"))


def _part(name: str) -> str:
    return resources.files(__name__).joinpath(name).read_text(encoding="utf-8")


def _without_infinities(value: Any) -> Any:
    """JSON has no NaN and no infinity."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {k: _without_infinities(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_without_infinities(v) for v in value]
    return value
