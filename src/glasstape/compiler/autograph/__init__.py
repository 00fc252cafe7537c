"""AutoGraph: Python control flow on tensors becomes control flow of the compiled program."""
