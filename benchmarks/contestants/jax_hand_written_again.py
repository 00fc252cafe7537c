"""The hand-written step a second time: how far apart two equal programs are measured."""

from benchmarks.contestants.jax_hand_written import prepare

__all__ = ["TITLE", "prepare"]

TITLE = "hand-written JAX, again"
