"""Which passes are on is one for the process: each test leaves it as it was."""

import pytest

from glasstape.compiler.passes import rewriting


@pytest.fixture(autouse=True)
def _as_they_were():
    said = dict(rewriting._said)
    yield
    rewriting._said.clear()
    rewriting._said.update(said)
