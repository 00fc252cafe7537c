"""Code in C++ for what XLA is slow at on CPUs: optional, built on the user's machine."""
