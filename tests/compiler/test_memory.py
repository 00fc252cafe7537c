"""A step's memory is there again at the next step: no page of it is made anew."""

import json
import os
import subprocess
import sys

import jax
import pytest

from glasstape.compiler import memory, warming

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or jax.default_backend() != "cpu", reason="glibc's, on CPUs"
)

# Three intermediate values of 16 MB at a time.
STEPS = """
import json, resource
import glasstape as gt
import jax
import jax.numpy as jnp
from glasstape.compiler import memory

@gt.function
def step(x, w):
    a, b, c = jax.lax.optimization_barrier((x @ w, x @ (w + 1), x @ (w + 2)))
    return (jnp.sin(a) * jnp.sin(b) * jnp.sin(c)).sum()

x, w = jnp.ones((4000, 32)), jnp.ones((32, 1000))

def faults(steps):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(steps):
        float(step(x, w))
    return (resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / steps

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() / 1e6

for _ in range(60):  # until each of XLA's threads that had a turn has the memory
    first = faults(10)
    if first < 200 or not memory.keep().largest:
        break
for _ in range(20):  # one of them may have its first turn as late as here
    before = resident()
    faults(40)
    grown = resident() - before
    if grown < 1:
        break
print(json.dumps([first, grown, memory.keep().largest, memory.keep().reason]))
"""


def run(**environment):
    env = {k: v for k, v in os.environ.items() if not k.startswith("MALLOC_")} | environment
    done = subprocess.run([sys.executable, "-c", STEPS], env=env, capture_output=True, text=True)
    assert not done.returncode, done.stderr
    return json.loads(done.stdout)


def test_a_step_finds_the_memory_of_the_one_before():
    faults, grown, largest, _ = run()
    usual, *_ = run(GLASSTAPE_ALLOCATOR="off")
    assert largest
    assert usual > 5_000  # or this test tells nothing
    assert faults < usual / 5
    assert grown < 1  # MB, in 40 steps; a step's own is 48


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("GLASSTAPE_ALLOCATOR", "off", "switched off by GLASSTAPE_ALLOCATOR"),
        ("MALLOC_TOP_PAD_", "0", "left as malloc_top_pad in your environment has it"),
        ("GLIBC_TUNABLES", "glibc.malloc.trim_threshold=1", "left as malloc_trim_threshold in"),
    ],
)
def test_what_the_user_says_holds(monkeypatch, name, value, reason):
    monkeypatch.setenv(name, value)
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda name: 1 / 0)
    state = memory.keep.__wrapped__()
    assert not state.largest
    assert state.reason.startswith(reason)


def test_other_tunables_say_nothing_about_it(monkeypatch):
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1")
    assert memory.keep.__wrapped__().largest


def test_another_c_library_is_left_alone(monkeypatch):
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda name: object())
    assert memory.keep.__wrapped__() == (False, "left as it is: the C library is not glibc")


class Library:
    """A C library that takes some settings only."""

    gnu_get_libc_version = None

    def __init__(self, takes):
        self.takes, self.set = takes, {}

    def mallopt(self, name, value):
        if self.takes(value):
            self.set[name] = value
            return 1
        return 0


def test_an_older_glibc_has_smaller_blocks(monkeypatch):
    older = Library(lambda value: value != 64 * memory.MIB)
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda name: older)
    assert memory.keep.__wrapped__().reason.endswith("32 MiB")
    assert older.set[-3] == 32 * memory.MIB


def test_a_library_that_refuses(monkeypatch):
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda name: Library(lambda value: False))
    assert memory.keep.__wrapped__() == (False, "left as it is: the C library refused")


def test_a_gpu_is_none_of_its_business(monkeypatch):
    monkeypatch.setattr(warming.jax, "default_backend", lambda: "gpu")
    monkeypatch.setattr(memory, "keep", lambda: 1 / 0)
    warming.start.__wrapped__()
