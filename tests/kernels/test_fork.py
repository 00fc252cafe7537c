"""Processes forked after the kernels ran, as data loaders do, neither hang nor disturb a step."""

import os
import subprocess
import sys

import pytest

from glasstape.kernels import library

PROGRAM = """
import multiprocessing
import warnings

import jax.numpy as jnp
import numpy as np

import glasstape as gt

warnings.filterwarnings("ignore", "os.fork")  # JAX', which is not used in the children
x = jnp.asarray(np.random.default_rng(0).standard_normal((32, 16, 16, 8)), "float32")
w = jnp.asarray(np.random.default_rng(1).standard_normal((3, 3, 8, 8)), "float32")


@gt.function
def step(x, w):
    import keras

    with gt.GradientTape() as tape:
        tape.watch(w)
        y = keras.ops.conv(x, w, 1, "same")
        heads = y.reshape(32, 256, 2, 4)
        loss = jnp.sum(jnp.tanh(jnp.einsum("bqhd,bkhd->bhqk", heads, heads)))
    return tape.gradient(loss, w)


def load(number):
    return float(np.linalg.norm(np.random.default_rng(number).standard_normal((300, 300))))


before = np.asarray(step(x, w))
assert str(step.program(x, w)).count("ffi_call") > 3
with multiprocessing.get_context("fork").Pool(3) as pool:
    waiting = pool.map_async(load, range(20))
    during = [np.asarray(step(x, w)) for _ in range(5)]
    loaded = waiting.get(timeout=60)
assert loaded == [load(number) for number in range(20)]
for found in (*during, np.asarray(step(x, w))):
    np.testing.assert_array_equal(found, before)
print("done")
"""


@pytest.mark.skipif(library.state().library is None, reason=f"kernels {library.state().reason}")
def test_loaders_forked_after_use():
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=os.environ | {"JAX_PLATFORMS": "cpu"},
    )
    assert ended.stdout == "done\n", ended.stderr[-2000:]
