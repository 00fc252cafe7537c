"""Loops over data: Keras' `fit` for steps that are written imperatively."""
