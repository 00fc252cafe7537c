"""Less optimization by XLA in here, and the tests that only the full run makes."""

import os

import jax
import pytest

FULL = pytest.mark.skipif(
    not os.environ.get("GLASSTAPE_FULL"), reason="takes minutes; set GLASSTAPE_FULL=1"
)


@pytest.fixture(autouse=True, scope="module")
def _quick_to_compile():
    """Hundreds of programs that run once; optimizing them takes a third of the time."""
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", False)
