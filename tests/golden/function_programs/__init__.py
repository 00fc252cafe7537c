"""Small programs with `function`, run by TensorFlow and by glasstape: one file a topic."""

from . import (
    arguments,
    autograph_branches,
    autograph_loops,
    callables,
    layers,
    mistakes,
    printing,
    relaxed,
    results,
    retracing,
    side_effects,
    signatures,
    state,
    tapes,
    training,
)
from .registry import PROGRAMS, Tf, difference, explanation, run

TOPICS = (
    arguments, autograph_branches, autograph_loops, callables, layers, mistakes, printing,
    relaxed, results, retracing, side_effects, signatures, state, tapes, training,
)  # fmt: skip

__all__ = ["PROGRAMS", "TOPICS", "Tf", "difference", "explanation", "run"]
