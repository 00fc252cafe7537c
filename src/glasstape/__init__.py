"""GlassTape: TensorFlow's imperative training step for Keras 3 on JAX, made see-through.

The public names and nothing else. They load on first use, so that the command line
answers without importing JAX.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from glasstape.ports.keras_arrival import when_imported as _when_keras_is_imported
from glasstape.ports.versions import choose_backend as _choose_backend

if TYPE_CHECKING:
    from glasstape import data as data
    from glasstape import errors as errors
    from glasstape import testing as testing
    from glasstape import tf as tf
    from glasstape.compiler.autograph.tracing import do_not_convert as do_not_convert
    from glasstape.compiler.cache import compilation_cache as compilation_cache
    from glasstape.compiler.function import Function as Function
    from glasstape.compiler.function import function as function
    from glasstape.compiler.mode import functions_run_eagerly as functions_run_eagerly
    from glasstape.compiler.mode import run_functions_eagerly as run_functions_eagerly
    from glasstape.compiler.passes.rewriting import passes as passes
    from glasstape.compiler.printing import print as print
    from glasstape.compiler.printing import printing as printing
    from glasstape.compiler.saving import load_function as load_function
    from glasstape.compiler.spec import TensorSpec as TensorSpec
    from glasstape.compiler.variable import Variable as Variable
    from glasstape.guards.nonfinite import allow_nonfinite as allow_nonfinite
    from glasstape.monitor.watch import glass as glass
    from glasstape.tape.arguments import UnconnectedGradients as UnconnectedGradients
    from glasstape.tape.custom import custom_gradient as custom_gradient
    from glasstape.tape.gradient_tape import GradientTape as GradientTape
    from glasstape.tape.recompute import recompute_grad as recompute_grad
    from glasstape.tape.stop import stop_gradient as stop_gradient

__version__ = "0.1.0"

_HOME = {
    "Function": "glasstape.compiler.function",
    "GradientTape": "glasstape.tape.gradient_tape",
    "TensorSpec": "glasstape.compiler.spec",
    "UnconnectedGradients": "glasstape.tape.arguments",
    "Variable": "glasstape.compiler.variable",
    "allow_nonfinite": "glasstape.guards.nonfinite",
    "compilation_cache": "glasstape.compiler.cache",
    "custom_gradient": "glasstape.tape.custom",
    "do_not_convert": "glasstape.compiler.autograph.tracing",
    "function": "glasstape.compiler.function",
    "functions_run_eagerly": "glasstape.compiler.mode",
    "glass": "glasstape.monitor.watch",
    "load_function": "glasstape.compiler.saving",
    "passes": "glasstape.compiler.passes.rewriting",
    "print": "glasstape.compiler.printing",
    "printing": "glasstape.compiler.printing",
    "recompute_grad": "glasstape.tape.recompute",
    "run_functions_eagerly": "glasstape.compiler.mode",
    "stop_gradient": "glasstape.tape.stop",
}
_ROOMS = ("data", "errors", "testing", "tf")

__all__ = sorted([*_HOME, *_ROOMS])  # pyright: ignore[reportUnsupportedDunderAll]

_choose_backend()


def _start():
    importlib.import_module("glasstape.startup")


def _teach_keras():
    """A model's `train_step` may be the first to use a public name, and `fit` comes before it."""
    if importlib.import_module("keras").backend.backend() != "jax":
        return  # `glasstape.ports.versions` says so when a name is used
    importlib.import_module("glasstape.loop.keras_fit").set_up(_start)
    importlib.import_module("glasstape.compiler.warming").start_early()
    importlib.import_module("glasstape.ports.keras_drawing").install()


_when_keras_is_imported(_teach_keras)


def __getattr__(name: str):
    if name in _HOME:
        _start()
        value = getattr(importlib.import_module(_HOME[name]), name)
    elif name in _ROOMS:
        value = importlib.import_module(f"glasstape.{name}")
    else:
        raise AttributeError(f"module 'glasstape' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
