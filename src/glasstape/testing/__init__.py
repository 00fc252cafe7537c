"""Checks for the user's own test suite."""

from glasstape.testing.gradients import check_gradients
from glasstape.testing.traces import max_traces

__all__ = ["check_gradients", "max_traces"]
