"""`TensorSpec`s with Nones: one trace for all sizes."""

import jax.numpy as jnp
import keras
import numpy as np
import pytest

import glasstape as gt
from glasstape.errors import StepTypeError
from glasstape.testing import max_traces

ROWS = gt.TensorSpec([None, 3])


def total(x):
    return jnp.sum(x) * x.shape[0], x * 2


class TestInputSignature:
    def test_one_trace(self):
        step = gt.function(total, input_signature=[ROWS])
        for size in (4, 3, 7, 2):
            number, doubled = step(np.ones((size, 3), "float32"))
            assert float(number) == 3 * size * size
            assert doubled.shape == (size, 3)
        assert len(step.traces) == 1
        assert step.traces[0].signature == "float32[?,3]"

    def test_sizes_0_and_1_have_their_own(self):
        step = gt.function(total, input_signature=[ROWS])
        for size in (4, 1, 0, 3, 1):
            assert float(step(jnp.ones((size, 3)))[0]) == 3 * size * size
        assert len(step.traces) == 3
        assert step.traces[1].why == (
            "argument `x` was float32[?,3], is now float32[1,3]: sizes 0 and 1 have traces of "
            "their own"
        )

    def test_two_arguments_of_one_size(self):
        specs = [ROWS, gt.TensorSpec([None], "int32")]
        step = gt.function(lambda x, y: x * y[:, None], input_signature=specs)
        for size in (4, 3, 7):
            step(jnp.ones((size, 3)), jnp.ones(size, "int32"))
        assert len(step.traces) == 1

    def test_all_sizes_open(self):
        """As TensorFlow: 1."""
        step = gt.function(lambda x: x * 2, input_signature=[gt.TensorSpec([None, None])])
        for shape in [(5, 5), (6, 3), (2, 9)]:
            assert step(jnp.ones(shape)).shape == shape
        assert len(step.traces) == 1

    def test_the_size_itself_is_needed(self):
        def step(x):
            return x * int(x.shape[0])

        step = gt.function(step, input_signature=[ROWS])
        for size in (4, 3, 4):
            assert float(step(jnp.ones((size, 3)))[0, 0]) == size
        assert len(step.traces) == 2
        assert step.traces[0].why.startswith(
            "it is the first call; traced for this size alone, because "
        )
        assert "(`return x * int(x.shape[0])`) needs the size itself" in step.traces[0].why

    def test_variables_are_made_in_the_trace_that_works(self):
        """The first try, for any size, makes the slots and fails; the second one uses them."""
        w = gt.Variable(1.0)
        optimizer = keras.optimizers.SGD(0.5, momentum=0.9)

        def run(x):
            with gt.GradientTape() as tape:
                loss = w * jnp.sum(x) / int(x.shape[0])
            optimizer.apply_gradients([(tape.gradient(loss, w), w)])

        step = gt.function(run, input_signature=[gt.TensorSpec([None])])
        step(jnp.ones(4))
        assert float(w.value) == 0.5
        step(jnp.ones(3))
        np.testing.assert_allclose(float(w.value), 0.5 - 0.45 - 0.5, rtol=1e-6)

    def test_any_number_of_dimensions(self):
        step = gt.function(lambda x: x * 2, input_signature=[gt.TensorSpec(None)])
        for shape in [(2,), (3,), (2, 2)]:
            assert step(jnp.ones(shape)).shape == shape
        assert [t.signature for t in step.traces] == ["float32[2]", "float32[3]", "float32[2,2]"]


class TestConcreteFunction:
    def test_one_trace(self):
        step = gt.function(total)
        concrete = step.get_concrete_function(ROWS)
        assert repr(concrete) == "<glasstape.ConcreteFunction total(x: float32[?,3])>"
        assert concrete.structured_outputs == (gt.TensorSpec([]), ROWS)
        assert concrete.inputs == [gt.TensorSpec(ROWS.shape, ROWS.dtype, "x")]
        with max_traces(step, 0):
            for size in (4, 3, 7):
                assert float(concrete(jnp.ones((size, 3)))[0]) == 3 * size * size
                assert float(step(jnp.ones((size, 3)))[0]) == 3 * size * size
            assert repr(step.get_concrete_function(ROWS)) == repr(concrete)
        assert len(step.traces) == 1

    def test_of_an_input_signature(self):
        step = gt.function(total, input_signature=[ROWS])
        step(jnp.ones((4, 3)))
        concrete = step.get_concrete_function()
        assert float(concrete(jnp.ones((5, 3)))[0]) == 75
        assert len(step.traces) == 1

    def test_other_tensors_are_refused(self):
        concrete = gt.function(total).get_concrete_function(ROWS)
        for wrong in (jnp.ones((4, 2)), jnp.ones(3), jnp.ones((4, 3), "int32")):
            with pytest.raises(StepTypeError, match=r"Expected: float32\[\?,3\]"):
                concrete(wrong)

    def test_one_row(self):
        concrete = gt.function(total).get_concrete_function(ROWS)
        assert float(concrete(jnp.ones((1, 3)))[0]) == 3

    def test_there_is_no_size_to_look_at(self):
        def step(x):
            return x[: int(x.shape[0]) // 2]

        with pytest.raises(StepTypeError) as caught:
            gt.function(step).get_concrete_function(ROWS)
        text = str(caught.value)
        assert text.startswith("step cannot be traced once for all sizes.\n")
        assert f"{__file__}:{step.__code__.co_firstlineno + 1}, in step" in text
        assert "needs the size itself, as a Python int" in text
        assert "Do this: give the sizes, or call the step with arrays" in text

    def test_what_is_asked_without_a_size(self):
        step = gt.function(lambda x: x * 2 if x.shape[0] == 5 else x)
        concrete = step.get_concrete_function(ROWS)
        assert float(concrete(jnp.ones((4, 3)))[0, 0]) == 1
        assert float(concrete(jnp.ones((5, 3)))[0, 0]) == 2
        assert len(step.traces) == 2
        ordered = gt.function(lambda x: x * 2 if x.shape[0] > 5 else x)
        with pytest.raises(StepTypeError, match="needs the size itself, in a comparison"):
            ordered.get_concrete_function(ROWS)

    def test_any_number_of_dimensions(self):
        power = gt.function(lambda a, b: a**b)
        square = power.get_concrete_function(a=gt.TensorSpec(None), b=2)
        assert "(a: float32[...], " in repr(square)
        assert len(power.traces) == 0
        assert float(square(jnp.float32(10))) == 100
        assert square(a=jnp.array([1.0, 2.0])).tolist() == [1, 4]
        assert len(power.traces) == 2
        for args, kwargs in (((jnp.float32(3),), {"b": 3}), ((jnp.int32(3),), {})):
            with pytest.raises(StepTypeError, match=r"Expected: float32\[\.\.\.\], 2"):
                square(*args, **kwargs)
        with pytest.raises(StepTypeError, match="any rank"):
            _ = square.structured_outputs
