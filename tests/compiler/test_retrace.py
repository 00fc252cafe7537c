"""Every trace says why it was made; a test can forbid more."""

import functools
import warnings
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import glasstape as gt
from glasstape import errors
from glasstape.testing import max_traces


def whys(step):
    return [trace.why for trace in step.traces]


def test_what_a_trace_tells():
    def step(images, factor):
        return images * factor

    step = gt.function(step)
    step(jnp.ones((4, 2)), 3)
    step(jnp.ones((4, 2)), 4)
    first, second = step.traces
    assert first.why == "it is the first call"
    assert second.why == ("argument `factor` was the Python int 3, is now 4: pass it as a tensor")
    assert first.signature == "float32[4,2], 3"
    assert first.seconds > 0
    assert first.compile_seconds is not None
    assert first.compile_seconds > 0
    assert first.when <= second.when
    assert "because argument `factor`" in str(second)
    assert "compiled in" in str(second)


@dataclass
class Batch:
    images: jax.Array
    labels: jax.Array


jax.tree_util.register_dataclass(Batch, ["images", "labels"], [])
A, B = jnp.ones((4, 2)), jnp.ones((3, 2))
OBJECT, OTHER = object(), object()

# name -> (first call, second call, why)
CHANGES = {
    "shape": (
        ((A,), {}),
        ((B,), {}),
        "argument `x` was float32[4,2], is now float32[3,2]: batches of one size "
        "(drop_remainder=True) run one program; with reduce_retracing=True one trace is for all "
        "sizes",
    ),
    "rank": (((A,), {}), ((A[0],), {}), "argument `x` was float32[4,2], is now float32[2]"),
    "dtype": (
        ((A,), {}),
        ((A.astype("bfloat16"),), {}),
        "argument `x` was float32[4,2], is now bfloat16[4,2]: cast it to one dtype",
    ),
    "float": (
        ((A, 0.5), {}),
        ((A, 0.25), {}),
        "argument `y` was the Python float 0.5, is now 0.25: pass it as a tensor",
    ),
    "bool": (((A, True), {}), ((A, False), {}), "argument `y` was True, is now False"),
    "string": (((A, "a"), {}), ((A, "b"), {}), "argument `y` was 'a', is now 'b'"),
    "None": (((A, None), {}), ((A, A), {}), "argument `y` was None, is now float32[4,2]"),
    "int to float": (
        ((A, 1), {}),
        ((A, 1.0), {}),
        "argument `y` was the Python int 1, is now the Python float 1.0: pass it as a tensor",
    ),
    "number to tensor": (
        ((A, 1), {}),
        ((A, jnp.int32(1)), {}),
        "argument `y` was the Python int 1, is now int32[]",
    ),
    "object": (
        ((A, OBJECT), {}),
        ((A, OTHER), {}),
        "argument `y` was a object object, is now another object object: each object has a "
        "program of its own",
    ),
    "nested": (
        (({"a": [A, 1]},), {}),
        (({"a": [A, 2]},), {}),
        "argument `x['a'][1]` was the Python int 1, is now 2: pass it as a tensor",
    ),
    "dataclass": (
        ((Batch(A, A),), {}),
        ((Batch(A, A[:, 0]),), {}),
        "argument `x.labels` was float32[4,2], is now float32[4]",
    ),
    "keyword": (
        ((A,), {"z": 1}),
        ((A,), {"z": 2}),
        "argument `z` was the Python int 1, is now 2: pass it as a tensor",
    ),
    "new": (((A,), {}), ((A,), {"z": A}), "argument `z` is new: float32[4,2]"),
    "missing": (((A,), {"z": A}), ((A,), {}), "argument `z` is missing; it was float32[4,2]"),
    "default": (((A, A), {}), ((A,), {}), "argument `y` was float32[4,2], is now None"),
    "two at once": (
        ((A, 1), {}),
        ((A[0], 2), {}),
        "argument `x` was float32[4,2], is now float32[2]; argument `y` was the Python int 1, is "
        "now 2: pass it as a tensor",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_reason_by_name(name):
    first, second, why = CHANGES[name]

    def step(x, y=None, **others):
        return jax.tree.leaves(x)[0]

    step = gt.function(step)
    step(*first[0], **first[1])
    step(*second[0], **second[1])
    assert whys(step)[1] == why


def test_it_is_told_against_the_call_that_differs_least():
    step = gt.function(lambda x, n: x * n)
    step(A, 1)
    step(B, 2)
    step(B, 3)
    step(A, 4)
    assert whys(step)[2] == "argument `n` was the Python int 2, is now 3: pass it as a tensor"
    assert whys(step)[3] == "argument `n` was the Python int 1, is now 4: pass it as a tensor"


def test_a_method_and_a_partial():
    class Model:
        @gt.function
        def step(self, x, training):
            return x

    model = Model()
    model.step(A, True)
    model.step(A, False)
    assert whys(model.step)[1] == "argument `training` was True, is now False"

    step = gt.function(functools.partial(lambda scale, x: x * scale, 2.0))
    step(A)
    step(B)
    assert whys(step)[1].startswith("argument `x` was float32[4,2], is now float32[3,2]")


def test_a_callable_without_a_signature():
    class Adder:
        __signature__ = "none"  # `inspect` refuses it, as it does some functions written in C

        def __call__(self, x, y):
            return x + y

    step = gt.function(Adder())
    step(A, A)
    step(A, A[0])
    assert whys(step)[1] == "argument `number 1` was float32[4,2], is now float32[2]"


class TestPilingUp:
    def test_one_warning_a_reason(self):
        step = gt.function(lambda x, n: x * n)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            warnings.simplefilter("ignore", ResourceWarning)  # of earlier tests
            for n in range(12):
                step(A, n)
        texts = [str(w.message) for w in caught if "has been traced" in str(w.message)]
        assert len(texts) == 1
        assert "argument `n` was the Python int 4, is now 5: pass it as a tensor" in texts[0]
        assert "has been traced 6 times" in texts[0]
        assert caught[0].filename == __file__

    def test_few_traces_are_nobodys_business(self):
        step = gt.function(lambda x, n: x * n)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for n in range(5):
                step(A, n)
            for x in (A, B, A[0], A[:2]):
                step(x, 0)


class TestMaxTraces:
    def test_enough(self):
        step = gt.function(lambda x: x * 2)
        with max_traces(step, 1):
            step(A)
            step(A)
        with max_traces(step, 0):
            step(np.ones((4, 2), "float32"))

    def test_too_many(self):
        def double(x):
            return x * 2

        step = gt.function(double)
        with pytest.raises(AssertionError) as caught, max_traces(step, 1):
            step(A)
            step(B)
        assert isinstance(caught.value, errors.RetraceError)
        text = str(caught.value)
        assert "double was traced 2 times" in text
        assert "at most 1" in text
        assert "argument `x` was float32[4,2], is now float32[3,2]" in text
        assert "test_retrace.py" in text

    def test_of_a_method(self):
        class Model:
            @gt.function
            def step(self, x):
                return x

        model = Model()
        with max_traces(model.step, 1):
            model.step(A)
            model.step(A)

    def test_what_is_never_traced(self):
        with pytest.raises(errors.StepTypeError, match="never traced"), max_traces(len, 1):
            pass

    def test_the_error_of_the_block_comes_first(self):
        step = gt.function(lambda x: x)
        with pytest.raises(KeyError), max_traces(step, 0):
            step(A)
            raise KeyError
