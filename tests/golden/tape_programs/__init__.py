"""Small programs with a tape, run by TensorFlow and by glasstape: one file a topic."""

from . import (
    control_flow,
    custom,
    dtypes,
    functions,
    jacobians,
    layers,
    lifetime,
    misuse,
    nesting,
    operations,
    python,
    sources_targets,
    state,
    watching,
)
from .compare import difference
from .registry import PROGRAMS, WAYS, Api, cases, run

TOPICS = (
    control_flow, custom, dtypes, functions, jacobians, layers, lifetime, misuse, nesting,
    operations, python, sources_targets, state, watching,
)  # fmt: skip

__all__ = ["PROGRAMS", "TOPICS", "WAYS", "Api", "cases", "difference", "run"]
