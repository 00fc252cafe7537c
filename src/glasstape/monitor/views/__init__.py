"""Views of a run log; they know neither JAX nor Keras."""
