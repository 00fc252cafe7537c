"""Shapes that change: one trace of a step for all sizes of its dimensions."""
