"""Step times against other ways to train the same net: `python -m benchmarks`.

A net is one file in `nets/` (a GAN, one file in `nets/gans/`), a way to train it one file in
`contestants/`; both are found by their file names. Nothing here is installed with the package.
"""
