"""What is translated, and what is not: only what may depend on tensors, and only the user's."""

import contextlib
import functools
import io
import re
import runpy
import subprocess
import sys
import textwrap
from pathlib import Path

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from keras import layers, ops

import glasstape as gt
from glasstape.compiler.autograph import need
from glasstape.errors import ControlFlowTypeError
from tests.compiler.steps import KINDS, Training, batch

POSITIVE, NEGATIVE = jnp.float32(2.0), jnp.float32(-3.0)


def absolute(x):
    if x > 0:
        return x
    return -x


def wrapped(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return f(*args, **kwargs) + 100

    return wrapper


@wrapped
def decorated(x):
    if x > 0:
        return x
    return -x


class Things:
    scale = 3

    def __init__(self):
        self.__hidden = 2.0

    @staticmethod
    def static(x):
        return x if x > 0 else -x

    @classmethod
    def of_class(cls, x):
        return x * cls.scale if x > 0 else x

    def method(self, x):
        if x > 0:
            return x * self.__hidden
        return x

    def __call__(self, x):
        return self.method(x) if x > -10 else x

    @gt.function
    def step(self, x):
        if x > 0:
            return self.method(x)
        return x * 10


class Derived(Things):
    def method(self, x):
        y = super().method(x)
        return y + 1 if y > 0 else y


def partly(x, k):
    if x > 0:
        return x * k
    return x


THINGS = Things()
CALLABLES = {
    "function": (absolute, 2, 3),
    "lambda": (lambda x: x if x > 0 else -x, 2, 3),
    "partial": (functools.partial(partly, k=5), 10, -3),
    "partial_inside": (lambda x: functools.partial(partly, k=5)(x), 10, -3),
    "decorated": (decorated, 102, 103),
    "static": (Things.static, 2, 3),
    "of_class": (Things.of_class, 6, -3),
    "method": (THINGS.method, 4, -3),
    "object": (THINGS, 4, -3),
    "compiled_method": (THINGS.step, 4, -30),
    "super": (Derived().method, 5, -3),
    "compiled_method_of_a_derived_class": (Derived().step, 5, -30),
}


@pytest.mark.parametrize("name", CALLABLES)
def test_every_kind_of_callable(name):
    function, positive, negative = CALLABLES[name]
    step = function if name.startswith("compiled") else gt.function(function)
    assert float(step(POSITIVE)) == positive
    assert float(step(NEGATIVE)) == negative


@pytest.mark.parametrize("name", [n for n in CALLABLES if not n.startswith("compiled")])
def test_every_kind_of_callable_called_by_the_step(name):
    function, positive, negative = CALLABLES[name]
    step = gt.function(lambda x: function(x) * 2)
    assert float(step(POSITIVE)) == 2 * positive
    assert float(step(NEGATIVE)) == 2 * negative


def test_compiled_functions_inside_compiled_functions():
    inner = gt.function(absolute)
    outer = gt.function(lambda x: inner(x) + 1)
    plain = gt.function(lambda x: inner(x) + 1, autograph=False)
    for step in (outer, plain, jax.jit(outer), jax.jit(inner)):
        extra = 0 if step is not outer and step is not plain and step(POSITIVE) == 2 else 1
        assert float(step(NEGATIVE)) == 3 + extra


def test_under_transformations_of_jax():
    step = gt.function(lambda x: x * x if x > 0 else -x)
    np.testing.assert_array_equal(jax.vmap(step)(jnp.array([2.0, -3.0])), [4, 3])
    assert float(jax.grad(step)(3.0)) == 6.0
    assert float(jax.jit(jax.grad(step))(-3.0)) == -1.0


def test_generators_stay_what_they_are():
    def doubled(values):
        for value in values:
            yield value * 2

    @gt.function
    def step(x):
        total = x
        for value in doubled([1, 2]):
            if total > 0:
                total += value
        return total

    assert float(step(POSITIVE)) == 8.0


def test_comprehensions_and_nested_functions():
    @gt.function
    def step(x):
        def part(k):
            return k * x if x > 0 else x

        return sum([part(k) for k in range(3)])

    assert float(step(POSITIVE)) == 6.0
    assert float(step(NEGATIVE)) == -9.0


def test_defaults_are_evaluated_once():
    calls = []

    def step(x, y=calls.append(1)):  # noqa: B008 - its one call is counted
        del y
        if x > 0:
            return x
        return -x

    assert float(gt.function(step)(NEGATIVE)) == 3.0
    assert calls == [1]


def test_layers_of_the_users_wherever_keras_calls_them():
    class Signed(layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.inner = layers.Dense(2, kernel_initializer="ones")

        def call(self, x, training=False):
            y = self.inner(x)
            if training and ops.sum(y) > 0:
                return y
            return y * 0

    class Louder(Signed):
        def call(self, x, training=False):
            y = super().call(x, training=training)
            return y * 10 if ops.sum(y) > 0 else y

    x = np.ones((1, 3), "float32")
    for dtype in ("float32", "mixed_float16"):
        for model in (Louder(dtype=dtype), keras.Sequential([Louder(dtype=dtype)])):
            step = gt.function(lambda x, model=model: model(x, training=True))
            np.testing.assert_array_equal(step(x), [[30, 30]])
            np.testing.assert_array_equal(step(-x), [[0, 0]])
            assert "call" not in vars(model)


def test_a_functional_model_is_put_together_with_such_a_layer():
    class Clip(layers.Layer):
        def __init__(self):
            super().__init__()

        def call(self, x):
            if ops.max(x) > 1:
                return x / ops.max(x)
            return x

    inputs = keras.Input((2,))
    model = keras.Model(inputs, Clip()(inputs))
    step = gt.function(lambda x: model(x))
    np.testing.assert_array_equal(step(np.array([[1, 4]], "float32")), [[0.25, 1]])


# ----- what is not translated -----


def test_do_not_convert():
    raw = gt.do_not_convert(absolute)
    assert float(raw(NEGATIVE)) == 3.0

    @gt.function
    def step(x):
        if x > 0:
            x = x + 1
        return raw(x)

    with pytest.raises(ControlFlowTypeError, match="Python had to decide by a tensor"):
        step(POSITIVE)

    @gt.do_not_convert()
    def doubled(x):
        return 2 * x

    assert float(gt.function(lambda x: doubled(x) if x > 0 else x)(POSITIVE)) == 4.0


def test_switched_off():
    with pytest.raises(ControlFlowTypeError) as caught:
        gt.function(absolute, autograph=False)(POSITIVE)
    message = str(caught.value)
    assert "the step has autograph=False" in message
    assert "let absolute be translated (autograph=True), or use keras.ops.where" in message
    assert f"At: {__file__}:{absolute.__code__.co_firstlineno + 1}, in absolute" in message


def test_without_source_it_works_until_a_tensor_decides():
    names = {}
    exec("def step(x, n):\n    if n: x = x * 2\n    if x > n: x = x + 1\n    return x", names)
    exec("def plain(x, n):\n    if n: x = x * 2\n    return x", names)
    assert float(gt.function(names["plain"])(POSITIVE, 1)) == 4.0
    with pytest.raises(ControlFlowTypeError) as caught:
        gt.function(names["step"])(POSITIVE, 1)
    assert "step was not translated: its source cannot be read" in str(caught.value)
    assert "put the function into a .py file" in str(caught.value)
    assert "At: <string>:3, in step" in str(caught.value)


def test_what_malt_does_not_know_works_until_a_tensor_decides():
    def loop(x, limit):
        for i in range(3):
            if i > limit:
                break
            x = x + 1
        else:
            x = x * 10
        return x

    assert float(gt.function(loop)(POSITIVE, 5)) == 50.0
    with pytest.raises(ControlFlowTypeError) as caught:
        gt.function(loop)(POSITIVE, jnp.float32(1))
    assert "for/else statement not yet supported" in str(caught.value)


# ----- nothing happens twice, and nothing is translated without need -----


def printed(step, *args):
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream):
        step(*args)
    return stream.getvalue()


def test_effects_of_python_happen_once():
    def noisy(x):
        print("tracing")
        return x * 2

    def noisy_branch(x):
        print("tracing")
        if x > 0:
            print("then")
        else:
            print("else")
        for _ in range(x.astype(int)):
            print("round")
        return x

    assert printed(gt.function(noisy), POSITIVE) == "tracing\n"
    assert printed(gt.function(noisy_branch), POSITIVE) == "tracing\nthen\nelse\nround\n"


def test_a_branch_that_hides_is_found_when_it_is_met():
    hidden = {"f": absolute}
    names = iter("ff")
    step = gt.function(lambda x: next(map(hidden.get, names))(x))
    assert not need.may_branch_on_tensors(lambda x: globals()["absolute"](x), (POSITIVE,), {})
    assert float(step(NEGATIVE)) == 3.0


@pytest.mark.parametrize("kind", KINDS)
def test_a_training_step_is_not_translated(kind):
    training = Training(kind)
    assert not need.may_branch_on_tensors(training._step, batch(), {})


class Net(keras.Model):
    def __init__(self, n=2):
        super().__init__()
        self.blocks = [layers.Dense(2) for _ in range(n)]
        self.scale = 2.0
        self.use_scale = True

    def call(self, x, training=False, mask=None):
        for block in self.blocks:
            x = block(x)
        if training and self.use_scale and mask is None:
            x = x * self.scale
        for i in range(len(self.blocks)):
            x = x + i
        return x if len(x.shape) == 2 else ops.expand_dims(x, 0)


NET = Net()
LIST = [1, 2]


def pythons(x, flag=True, options=None):
    with gt.GradientTape() as tape:
        y = NET(x, training=True)
    gradients = tape.gradient(y, NET.trainable_variables)
    for g, v in zip(gradients, NET.trainable_variables, strict=True):
        if g is None or "bias" in v.path:
            continue
        v.assign_sub(g)
    n = x.shape[0]
    for i in range(n):
        x = x + i
    if flag and not options:
        x = x * 2
    while n > 3:
        n -= 1
    try:
        x = x + 1
    except ValueError as error:
        if error:
            raise
    return [v for v in LIST if v > 1]


def local_tensor(x):
    y = x * 2
    if y > 0:
        return y
    return x


TENSORS = {
    "if": lambda x: 1 if x > 0 else 2,
    "not": lambda x: not x,
    "and": lambda x: x > 0 and True,
    "chained": lambda x: 0 < x < 1,
    "local": local_tensor,
    "called": lambda x: absolute(x),
    "method": lambda x: THINGS.method(x),
    "compiled": gt.function(absolute),
    "partial": functools.partial(partly, k=1),
}


def test_what_is_certain_to_be_pythons():
    assert not need.may_branch_on_tensors(pythons, (np.ones((2, 2), "float32"),), {})


@pytest.mark.parametrize("name", TENSORS)
def test_what_may_depend_on_tensors(name):
    assert need.may_branch_on_tensors(TENSORS[name], (POSITIVE,), {})


def test_an_argument_decides_by_what_it_is():
    def step(x, flag):
        return x if flag else -x

    assert not need.may_branch_on_tensors(step, (POSITIVE, True), {})
    assert need.may_branch_on_tensors(step, (POSITIVE, np.bool_(True)), {})


@pytest.mark.thorough
def test_malt_is_imported_when_it_is_needed():
    program = """
        import sys
        import numpy as np
        import glasstape as gt
        step = gt.function(lambda x: x * 2)
        step(np.float32(1))
        print("malt" in sys.modules)
    """
    run = [sys.executable, "-c", textwrap.dedent(program)]
    found = subprocess.run(run, capture_output=True, text=True, check=True, timeout=300)
    assert found.stdout == "False\n"


def test_the_guides_first_example(tmp_path):
    guide = Path(__file__).parents[3] / "docs" / "autograph.md"
    example = tmp_path / "example.py"
    example.write_text(re.search("```python\n(.*?)```", guide.read_text(), re.DOTALL)[1])
    assert int(runpy.run_path(str(example))["collatz"](jnp.int32(6))) == 8
