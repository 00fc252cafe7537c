"""The step compiler: a Python step becomes one XLA program with its state donated."""
