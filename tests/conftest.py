"""Settings for every test: Keras on JAX, fixed seeds, no Hypothesis deadline."""

import atexit
import os
import shutil
import signal
import tempfile

os.environ["KERAS_BACKEND"] = "jax"  # before anything imports Keras
os.environ.setdefault("JAX_PLATFORMS", "cpu")  # the same numbers on every machine

import hypothesis
import keras
import pytest

import glasstape as gt
from glasstape.ports import jax_cache
from tests.thorough import left_out, unlike_in_thorough

# A shell that puts pytest into the background lets it, and the programs tests start, ignore Ctrl-C.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Tests compile the same small steps again and again: half of their time. As for users, a program is
# compiled once; here it lies in a folder that all processes of one run share and that goes with it.
if "PYTEST_XDIST_WORKER" not in os.environ:
    os.environ["GLASSTAPE_TESTS_CACHE"] = tempfile.mkdtemp(prefix="glasstape-tests-")
    atexit.register(shutil.rmtree, os.environ["GLASSTAPE_TESTS_CACHE"], ignore_errors=True)
# Where JAX loads programs with noise, that would be in what tests read from other processes.
is_quiet = jax_cache.loads_quietly()
os.environ["GLASSTAPE_CACHE"] = os.environ["GLASSTAPE_TESTS_CACHE"] if is_quiet else "off"

# Compiling makes the first example slow, and a failure must be repeatable.
hypothesis.settings.register_profile(
    "glasstape", deadline=None, derandomize=True, max_examples=4, database=None
)
hypothesis.settings.register_profile(
    "thorough", parent=hypothesis.settings.get_profile("glasstape"), max_examples=25
)


@pytest.fixture(autouse=True, scope="module")
def _programs_are_kept():
    """Also after a module that tries out how they are."""
    if jax_cache.folder_in_use() is None:
        gt.compilation_cache(os.environ["GLASSTAPE_TESTS_CACHE"])


@pytest.fixture(autouse=True)
def _fixed_seed():
    keras.utils.set_random_seed(0)


@pytest.fixture
def thorough(request):
    """Whether everything is to be tested."""
    return _is_thorough(request.config)


def _is_thorough(config):
    return config.getoption("--thorough") or config.getoption("--left-out")


def pytest_addoption(parser):
    parser.addoption("--thorough", action="store_true", help="also what takes long")
    parser.addoption(
        "--left-out", action="store_true", help="what --thorough adds to an ordinary run, as in CI"
    )


def pytest_configure(config):
    hypothesis.settings.load_profile("thorough" if _is_thorough(config) else "glasstape")


def pytest_report_header(config):
    if config.getoption("--thorough"):
        return "thorough: every case of every test"
    if config.getoption("--left-out"):
        return "what an ordinary run leaves out"
    return "an ordinary run: of tests with many cases some, and not what takes long (--thorough)"


def pytest_collection_modifyitems(config, items):
    if config.getoption("--thorough"):
        return
    out = set(left_out(items))
    if config.getoption("--left-out"):
        out = {i for i in items if i not in out and not unlike_in_thorough(i)}
    config.hook.pytest_deselected(items=[i for i in items if i in out])
    items[:] = [i for i in items if i not in out]
