"""What the cache on disk relies on in JAX: names of settings and events, and when these come."""

import ast
import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import pytest

from glasstape.ports import jax_cache


class Recorder:
    """Notes what is asked of it, and what is in the folder then."""

    def __init__(self, folder, usable=True):
        self.folder, self.usable, self.heard = str(folder), usable, []

    def listener(self):
        return jax_cache.Listener(self.look, self.write)

    def look(self, folder):
        self.heard.append(("look", folder == self.folder, os.path.exists(folder)))
        return self.usable

    def write(self, folder):
        self.heard.append(("write", folder == self.folder, len(os.listdir(folder))))


@pytest.fixture(autouse=True)
def _stopped_afterwards():
    yield
    jax_cache.stop()
    jax.config.update("jax_compilation_cache_dir", None)


def compile_something(number):
    jax.jit(lambda x: jnp.sin(x) * number)(1.0).block_until_ready()


def test_the_settings_have_the_defaults_we_know():
    """In a process of its own: this one has settings of its own."""
    defaults = {
        "jax_compilation_cache_dir": None,
        "jax_enable_compilation_cache": True,
        "jax_persistent_cache_min_compile_time_secs": jax_cache._JAX_LEAST_SECONDS,
        "jax_compilation_cache_max_size": -1,
        "jax_compilation_cache_include_metadata_in_key": False,
        "jax_raise_persistent_cache_errors": False,
    }
    program = f"import jax; print({{name: getattr(jax.config, name) for name in {[*defaults]}}})"
    own = {k: v for k, v in os.environ.items() if not k.startswith("JAX_")}
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=own
    )
    assert ast.literal_eval(found.stdout) == defaults


def test_events_come_before_jax_looks_and_before_it_writes(tmp_path):
    recorder = Recorder(tmp_path / "new")
    jax_cache.use(recorder.folder, recorder.listener())
    compile_something(1.25)
    assert recorder.heard[0] == ("look", True, False), "JAX has not made the folder yet"
    assert ("write", True, 0) in recorder.heard, "nothing is there yet"
    assert [name for name, *_ in recorder.heard].count("look") == 1
    assert any(name.endswith("-cache") for name in os.listdir(recorder.folder))


def test_a_folder_that_cannot_be_used_is_left_alone(tmp_path):
    recorder = Recorder(tmp_path / "new", usable=False)
    jax_cache.use(recorder.folder, recorder.listener())
    compile_something(1.5)
    compile_something(1.75)
    assert recorder.heard == [("look", True, False)]
    assert not os.path.exists(recorder.folder)
    assert jax_cache.folder_in_use() is None


def test_compiling_with_its_lines_puts_the_setting_back():
    lowered = jax.jit(lambda x: x + 2.125).lower(1.0)
    assert jax_cache.compile_with_its_lines(lowered)(1.0) == 3.125
    assert jax.config.jax_compilation_cache_include_metadata_in_key is False
