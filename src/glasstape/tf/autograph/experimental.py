"""`tf.autograph.experimental`: leave a function as it is, bound a loop."""

from collections.abc import Callable
from typing import Any

from glasstape import do_not_convert as do_not_convert
from glasstape.ports import malt_translation
from glasstape.tf import _elsewhere

__all__ = ["do_not_convert", "set_loop_options"]

set_loop_options: Callable[..., None]  # malt's, which is imported when it is asked for
_look_up, __dir__ = _elsewhere.module_hooks(__name__)


def __getattr__(name: str) -> Any:
    if name == "set_loop_options":
        return malt_translation.set_loop_options()
    return _look_up(name)
