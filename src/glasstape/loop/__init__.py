"""Around a training step: Keras' `fit` for imperative steps, and checkpoints."""
