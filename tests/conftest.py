"""Settings for every test: Keras on JAX, fixed seeds, no Hypothesis deadline."""

import os

os.environ["KERAS_BACKEND"] = "jax"  # before anything imports Keras
os.environ.setdefault("JAX_PLATFORMS", "cpu")  # the same numbers on every machine
os.environ["GLASSTAPE_CACHE"] = "off"  # nothing in the user's home, in processes of tests neither

import hypothesis
import keras
import pytest

# Compiling makes the first example slow, and a failure must be repeatable.
hypothesis.settings.register_profile(
    "glasstape", deadline=None, derandomize=True, max_examples=25, database=None
)
hypothesis.settings.load_profile("glasstape")


@pytest.fixture(autouse=True)
def _fixed_seed():
    keras.utils.set_random_seed(0)


def pytest_addoption(parser):
    parser.addoption("--thorough", action="store_true", help="also what takes long, as CI does")


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--thorough"):
        skip = pytest.mark.skip(reason="takes long; --thorough runs it, and CI does")
        for item in items:
            if "thorough" in item.keywords:
                item.add_marker(skip)
