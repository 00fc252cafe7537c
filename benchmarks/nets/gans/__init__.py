"""The GANs that are measured, one a file."""
