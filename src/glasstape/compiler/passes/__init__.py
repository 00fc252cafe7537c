"""What a step's program is turned into before XLA has it, where XLA's own code for it is slow.

One pass a file, with its reason. Only in programs of `function`, and only on CPUs: other JAX code,
and every GPU, has XLA's own.
"""
