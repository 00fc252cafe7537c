"""Compiled programs on disk: found again by the next run, the same numbers, nothing ever broken."""

import json
import os
import pathlib
import stat
import subprocess
import sys
import textwrap
import time
import warnings
import zlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import glasstape as gt
from glasstape import errors
from glasstape.compiler import cache
from glasstape.ports import jax_cache
from tests.compiler import cached
from tests.repo.tree import ROOT

PROGRAMS = sorted(cached.PROGRAMS)


def run(arguments, **environment):
    """A fresh Python; on JAX that loads noisily the folder has to be asked for, and it is."""
    settings = {k: v for k, v in os.environ.items() if not k.startswith(("GLASSTAPE_", "JAX_COMP"))}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=settings | environment,
        capture_output=True,
        text=True,
        check=True,
    )


def script(code, **environment):
    return run(["-c", textwrap.dedent(code)], **environment)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Without a folder, with an empty one, and again with what is in it then."""
    folder, glass = (str(tmp_path_factory.mktemp(name)) for name in ("programs", "run"))
    found = {}
    for kind, where in (("off", "off"), ("first", folder), ("second", folder)):
        done = run(["-m", "tests.compiler.cached", f"{glass}/{kind}"], GLASSTAPE_CACHE=where)
        found[kind] = json.loads(done.stdout.splitlines()[-1]) | {"stderr": done.stderr}
    return found


@pytest.mark.thorough
@pytest.mark.parametrize("name", PROGRAMS)
def test_numbers_are_bit_equal(runs, name):
    assert runs["off"][name]["result"] == runs["first"][name]["result"]
    assert runs["off"][name]["result"] == runs["second"][name]["result"]


@pytest.mark.thorough
@pytest.mark.parametrize("name", sorted(set(PROGRAMS) - {"printing"}))
def test_the_second_run_finds_everything(runs, name):
    assert runs["first"][name]["misses"] > 0
    assert runs["second"][name]["misses"] == 0
    assert runs["second"][name]["hits"] > 0
    assert runs["off"][name]["hits"] == 0


@pytest.mark.thorough
def test_a_program_with_callbacks_works_cached_or_not(runs):
    """JAX keeps those on disk since 0.12; before, they are compiled each time."""
    assert runs["second"]["printing"]["misses"] <= 1


@pytest.mark.skipif(not jax_cache.loads_quietly(), reason="JAX 0.10.1 says two lines a program")
@pytest.mark.thorough
def test_loading_says_nothing(runs):
    assert [runs[kind]["stderr"] for kind in ("first", "second")] == ["", ""]


# ----- where -----

SHOW = """
    import glasstape as gt
    {after}
    import jax, jax.numpy as jnp
    float(gt.function(lambda x: x * 2.0)(jnp.float32(1.0)))
    print("FOLDER", gt.compiler.cache.jax_cache.folder_in_use())
"""


def shown(after="", **environment):
    done = script(SHOW.format(after=after), **environment)
    return done.stdout.partition("FOLDER ")[2].strip(), done.stderr


def test_it_is_on_in_the_users_cache_folder(tmp_path):
    chosen = "" if jax_cache.loads_quietly() else "on"
    folder, _ = shown(GLASSTAPE_CACHE=chosen, XDG_CACHE_HOME=str(tmp_path), HOME=str(tmp_path))
    assert folder.startswith(str(tmp_path))
    assert pathlib.Path(folder).name == "glasstape"
    assert list(pathlib.Path(folder).glob("*-cache"))
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700, "programs are code"


@pytest.mark.thorough
def test_the_users_folder_for_jax_wins_over_ours_and_the_argument(tmp_path):
    ours, theirs = str(tmp_path / "ours"), str(tmp_path / "theirs")
    after = f"gt.compilation_cache({ours!r})"
    settings = {"GLASSTAPE_CACHE": ours, "JAX_COMPILATION_CACHE_DIR": theirs}
    assert shown(after, **settings)[0] == theirs


@pytest.mark.thorough
def test_jax_cache_switched_off_in_the_environment_stays_off(tmp_path):
    settings = {"JAX_ENABLE_COMPILATION_CACHE": "false", "GLASSTAPE_CACHE": str(tmp_path / "ours")}
    assert shown(**settings)[0] == "None"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.thorough
def test_a_folder_that_cannot_be_used_is_told_once(tmp_path):
    (tmp_path / "file").write_text("")
    folder, told = shown(GLASSTAPE_CACHE=str(tmp_path / "file" / "inside"))
    assert folder == "None"
    assert told.count("Compiled programs cannot be kept in") == told.count("Warning") == 1
    assert "(Not a directory)" in told
    assert "GLASSTAPE_CACHE=off" in told


def test_importing_glasstape_does_not_import_jax_for_it():
    done = script("import glasstape, sys; print('jax' in sys.modules)")
    assert done.stdout == "False\n"


def compile_something(number):
    """One program more, unlike those with other numbers; its result."""
    return np.asarray(gt.function(lambda x: jnp.sin(x) + number)(jnp.ones(3)))


@pytest.fixture
def jax_settings():
    """As they were, afterwards."""
    yield jax.config.update
    gt.compilation_cache(None)
    jax.config.update("jax_enable_compilation_cache", True)
    jax.config.update("jax_compilation_cache_dir", None)
    jax.config.update("jax_compilation_cache_max_size", -1)
    assert jax.config.jax_persistent_cache_min_compile_time_secs == 1.0


class TestEnvironment:
    """What `set_up` does when the first public name is used."""

    @pytest.fixture(autouse=True)
    def _ours(self, tmp_path, monkeypatch, jax_settings):
        self.ours, self.theirs = str(tmp_path / "ours"), str(tmp_path / "theirs")
        monkeypatch.setenv("GLASSTAPE_CACHE", self.ours)
        self.set = jax_settings

    def test_a_folder(self):
        cache.set_up()
        compile_something(1)
        assert jax_cache.folder_in_use() == self.ours
        assert left(self.ours)

    @pytest.mark.parametrize("word", ["off", "OFF", "0", "none"])
    def test_off(self, monkeypatch, word):
        monkeypatch.setenv("GLASSTAPE_CACHE", word)
        cache.set_up()
        assert jax_cache.folder_in_use() is None

    def test_the_users_folder_set_before_wins(self):
        self.set("jax_compilation_cache_dir", self.theirs)
        cache.set_up()
        assert jax_cache.folder_in_use() == self.theirs

    def test_the_users_folder_set_after_wins(self):
        cache.set_up()
        compile_something(2)
        self.set("jax_compilation_cache_dir", self.theirs)
        self.set("jax_persistent_cache_min_compile_time_secs", 0.001)
        before = left(self.ours)
        compile_something(3)
        assert (left(self.ours), bool(left(self.theirs))) == (before, True)
        self.set("jax_persistent_cache_min_compile_time_secs", 1.0)

    def test_switched_off_by_the_user_it_stays_off(self):
        cache.set_up()
        self.set("jax_enable_compilation_cache", False)
        compile_something(4)
        assert jax_cache.folder_in_use() is None
        assert not os.path.exists(self.ours)

    def test_the_users_own_threshold_stays(self):
        self.set("jax_persistent_cache_min_compile_time_secs", 60.0)
        cache.set_up()
        compile_something(5)
        assert left(self.ours) == set()
        self.set("jax_persistent_cache_min_compile_time_secs", 1.0)


@pytest.mark.usefixtures("jax_settings")
class TestArgument:
    def test_a_folder_and_off_again(self, tmp_path):
        folder = tmp_path / "new"
        assert gt.compilation_cache(folder) == folder
        assert not folder.exists(), "made when the first program is compiled"
        gt.function(lambda x: jnp.sin(x) + 0.123)(jnp.ones(11))
        kept = list(folder.glob("*-cache"))
        assert kept
        assert gt.compilation_cache(None) is None
        gt.function(lambda x: jnp.cos(x) + 0.123)(jnp.ones(12))
        assert list(folder.glob("*-cache")) == kept

    def test_a_second_folder_after_the_first(self, tmp_path):
        for name in "ab":
            gt.compilation_cache(tmp_path / name)
            gt.function(lambda x: jnp.tan(x) + 0.321)(jnp.ones(13))
            assert list((tmp_path / name).glob("jit__compute*"))

    def test_the_users_home(self, tmp_path, monkeypatch):
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setattr(sys, "platform", "linux")
        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
        assert gt.compilation_cache() == tmp_path / ".cache" / "glasstape"
        monkeypatch.setattr(sys, "platform", "darwin")
        assert gt.compilation_cache() == tmp_path / "Library" / "Caches" / "glasstape"

    def test_a_size_that_is_none(self):
        with pytest.raises(errors.CacheError, match="a size that is none") as caught:
            gt.compilation_cache(max_bytes=-1)
        assert "Received: -1" in str(caught.value)
        assert f"At: {__file__}:" in str(caught.value)

    def test_a_folder_deleted_meanwhile_is_made_again(self, tmp_path, recwarn):
        folder = tmp_path / "new"
        gt.compilation_cache(folder)
        gt.function(lambda x: jnp.sin(x) + 0.5)(jnp.ones(14))
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
        gt.function(lambda x: jnp.sin(x) + 0.5)(jnp.ones(15))
        assert list(folder.glob("jit__compute*"))
        assert [str(w.message) for w in recwarn] == []

    def test_a_full_disk_is_told_once(self, tmp_path, monkeypatch):
        monkeypatch.setattr(cache, "_ROOM", 2**80)
        gt.compilation_cache(tmp_path)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            warnings.simplefilter("ignore", ResourceWarning)  # of earlier tests
            for size in (16, 17):
                gt.function(lambda x: jnp.sin(x) + 0.25)(jnp.ones(size))
        (only,) = told
        assert "(the disk is full)" in str(only.message)
        assert only.filename == __file__


# ----- a folder that stays small and sound -----


def entry(folder, name, size, age=0.0):
    """A file of so many bytes, last used so many seconds ago."""
    path = pathlib.Path(folder) / f"{name}-cache"
    path.write_bytes(b"(" * size)  # not zlib's: not looked into
    then = time.time() - age
    os.utime(path, (then, then))
    return path


def left(folder):
    return {p.name.removesuffix("-cache") for p in pathlib.Path(folder).glob("*-cache")}


def test_what_was_not_used_for_the_longest_time_goes(tmp_path):
    for age in range(1, 6):
        entry(tmp_path, f"age{age}", 10_000, age=100 * age)
    cache.look_after(str(tmp_path), 30_000)
    assert left(tmp_path) == {"age1", "age2", "age3"}


def test_reading_counts_as_use(tmp_path):
    for age in (1, 2, 3):
        entry(tmp_path, f"age{age}", 10_000, age=100 * age)
    os.utime(tmp_path / "age3-cache", (time.time(), os.stat(tmp_path / "age3-cache").st_mtime))
    cache.look_after(str(tmp_path), 20_000)
    assert left(tmp_path) == {"age1", "age3"}


def test_single_operations_do_not_push_out_steps(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "MOST_SMALL", 3)
    entry(tmp_path, "step", 10_000, age=1000)
    for age in range(20):
        entry(tmp_path, f"operation{age}", 2000, age=age)
    cache.look_after(str(tmp_path), 2**20)
    assert left(tmp_path) == {"step", "operation0", "operation1", "operation2"}


def test_entries_cut_short_go(tmp_path):
    whole = zlib.compress(np.random.default_rng(0).bytes(20_000))
    damaged = bytearray(whole)
    damaged[9000] ^= 1
    contents = {"whole": whole, "cut": whole[:9000], "empty": b"", "flipped": bytes(damaged)}
    for name, content in contents.items():
        path = tmp_path / f"{name}-cache"
        path.write_bytes(content)
        os.utime(path, (time.time() - 60,) * 2)
    (tmp_path / "young-cache").write_bytes(whole[:9000])  # may still be being written
    cache.look_after(str(tmp_path), 2**20)
    assert left(tmp_path) == {"whole", "young"}


def test_a_damaged_entry_is_compiled_again_and_goes_at_the_end(tmp_path, jax_settings):
    def run():
        jax.clear_caches()
        gt.compilation_cache(tmp_path)
        return compile_something(6)

    first = run()
    (path,) = tmp_path.glob("jit__compute*-cache")
    path.write_bytes(path.read_bytes()[:-100])
    os.utime(path, (time.time() - 20,) * 2)
    with pytest.warns(UserWarning, match="Error reading persistent compilation cache entry"):
        again = run()
    cache.look_after(str(tmp_path), cache.MAX_BYTES)  # as at the end of a process
    assert not path.exists()
    third = run()
    assert path.exists()
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(first, third)


@pytest.mark.thorough
def test_several_processes_at_once(tmp_path):
    code = """
        import glasstape as gt, jax.numpy as jnp
        for size in range(2, 12):
            y = gt.function(lambda x: jnp.sin(x) + 1.0)(jnp.ones(size))
        print(y)
    """
    settings = os.environ | {"GLASSTAPE_CACHE": str(tmp_path)}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(code)],
            env=settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    printed = {p.communicate()[0] for p in processes}
    assert [p.returncode for p in processes] == [0, 0]
    assert len(printed) == 1
    assert len(left(tmp_path)) >= 10


def test_the_bound_holds_while_a_process_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "_WRITES_BETWEEN", 2)
    keeper = cache.Keeper(max_bytes=5000)
    for number in range(6):
        entry(tmp_path, f"n{number}", 2000, age=60 - number)
        keeper.before_write(str(tmp_path))
    assert len(left(tmp_path)) <= 2


def test_nothing_is_deleted_where_jax_evicts(tmp_path, jax_settings):
    entry(tmp_path, "old", 10_000, age=100)
    jax_settings("jax_compilation_cache_max_size", 2**30)
    cache.look_after(str(tmp_path), 0)
    assert left(tmp_path) == {"old"}


def test_a_folder_that_is_gone_is_no_trouble(tmp_path):
    cache.look_after(str(tmp_path / "gone"), 100)
