"""What is refused, in which words, and with which line: always one of the user's file."""

import linecache
import traceback

import jax.numpy as jnp
import keras
import numpy as np
import pytest
from keras import ops

import glasstape as gt
from glasstape.errors import ControlFlowTypeError, ControlFlowValueError

X, XS, N = jnp.float32(1.0), jnp.array([1.0, 2.0, 3.0]), jnp.int32(3)


def shapes_in_branches(x):
    if x > 0:  # noqa: SIM108 - statements are what is tested
        y = ops.zeros((2,))
    else:
        y = ops.zeros((3,))
    return y


def none_in_a_branch(x):
    y = None
    if x > 0:
        y = x
    return y


def objects_in_branches(x):
    name = "a"
    if x > 0:
        name = "b"
    return x, name


def shape_in_a_loop(xs):
    y = 0.0
    for x in xs:
        y = y + x * ops.ones((2,))
    return y


def dtype_in_a_loop(xs):
    total = 0
    for x in xs:
        total += x
    return total


def structure_in_a_loop(xs):
    found = ()
    for x in xs:
        found = (*found, x)
    return found


def text_in_a_loop(xs):
    mode = "first"
    for _ in xs:
        mode = "other"
    return mode


def append_in_a_loop(xs):
    found = []
    for x in xs:
        found.append(x)
    return found


def dict_in_a_branch(x):
    seen = {}
    if x > 0:
        seen.update(a=x)
    return seen


def index_of_a_list(n):
    return [1.0, 2.0][n]


def range_of_floats(x):
    for i in range(x):
        x = x + i
    return x


def range_elsewhere(n):
    return list(range(n))


def endless(x):
    for i in iter(int, 1):
        x = x * 2
        if x > i:
            break
    return x


def write_in_a_condition(x):
    def changed():
        return V.assign_add(1.0) + x < 3

    while changed():
        x = x + 1
    return x


V = gt.Variable(0.0)

# (function, argument, error, lines after `def` where it is, texts)
REFUSED = [
    (shapes_in_branches, X, ControlFlowValueError, 1,
     ["'y' has shape (2,) in the main branch, but shape (3,) in the else branch", "padding"]),
    (none_in_a_branch, X, ControlFlowValueError, 2, ["'y' is None at the end of the else branch",
     "a float32[] tensor otherwise"]),
    (objects_in_branches, X, ControlFlowTypeError, 2,
     ["'name' has value 'b' in the main branch, but value 'a' in the else branch"]),
    (shape_in_a_loop, XS, ControlFlowValueError, 2,
     ["'y' has shape () before the loop, but shape (2,) after one iteration"]),
    (dtype_in_a_loop, XS, ControlFlowTypeError, 2,
     ["'total' has dtype int32 before the loop, but dtype float32 after one", "0.0 for 0"]),
    (structure_in_a_loop, XS, ControlFlowTypeError, 2,
     ["'found' has structure () before the loop, but structure (*,)", "rows.at[i].set(row)"]),
    (text_in_a_loop, XS, ControlFlowTypeError, 2, ["'mode' has value 'first' before the loop"]),
    (append_in_a_loop, XS, ControlFlowValueError, 2,
     ["The list 'found' is changed inside a `for` loop that a tensor decides about",
      "0 items before, 1 after", "rows.at[i].set(row)"]),
    (dict_in_a_branch, X, ControlFlowValueError, 2, ["The dict 'seen' is changed inside an `if`"]),
    (index_of_a_list, N, ControlFlowTypeError, 1, ["index a tensor instead of a list"]),
    (range_of_floats, X, ControlFlowTypeError, 1, ["not a whole number", "a float32[] tensor"]),
    (range_elsewhere, N, ControlFlowTypeError, 1, ["only be gone over by a `for` statement"]),
    (endless, X, ControlFlowTypeError, 1, ["a callable_iterator", "nobody knows how long"]),
    (write_in_a_condition, X, ControlFlowValueError, 4, ["condition of a `while` loop assigns"]),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case[0].__name__)
def test_refusals(case):
    function, argument, error, line, texts = case
    with pytest.raises(error) as caught:
        gt.function(function)(argument)
    message = str(caught.value)
    for text in texts:
        assert text in message
    assert "Do this:" in message
    line += function.__code__.co_firstlineno
    assert f"At: {__file__}:{line}, in {function.__name__}" in message


def fails_in_a_branch(x):
    y = x
    if x > 0:
        for z in XS:
            y = ops.reshape(y * z, (2, 3))
    return y


def test_errors_of_others_show_the_users_lines():
    with pytest.raises(TypeError, match="reshape") as caught:
        gt.function(fails_in_a_branch)(X)
    first = fails_in_a_branch.__code__.co_firstlineno
    lines = [linecache.getline(__file__, first + i).strip() for i in (2, 3, 4)]
    places = [f"{__file__}:{first + i}, in fails_in_a_branch" for i in (2, 3, 4)]
    note = caught.value.__notes__[-1]
    assert note.split("\n")[1:-1] == [f"  {p}: {t}" for p, t in zip(places, lines, strict=True)]
    files = {frame.filename for frame in traceback.extract_tb(caught.value.__traceback__)}
    assert __file__ in files
    assert not any("autograph_generated" in file for file in files)


def test_records_of_a_tape_have_the_users_lines():
    found = []

    @gt.function
    def step(x):
        with gt.GradientTape() as tape:
            tape.watch(x)
            y = x * 2
            if x > 0:
                y = y * y
        found.extend((r.operation.name, r.source) for r in tape.records)
        return tape.gradient(y, x)

    assert float(step(X)) == 8.0
    first = step.python_function.__code__.co_firstlineno
    assert [s.line - first for _, s in found] == [4, 5]
    assert found[-1][0] == "cond"
    assert {s.function for _, s in found} == {"step"}
    assert {s.file for _, s in found} == {__file__}


def test_a_name_that_is_not_assigned():
    def step(x):
        if x > 0:
            y = z  # noqa: F821, F841
            z = x  # noqa: F841
        return x

    with pytest.raises(UnboundLocalError, match="'z' is used before assignment"):
        gt.function(step)(X)


def test_a_loop_without_a_round():
    def step(n):
        i = 0
        while i < n:
            last = i
            i += 1
        return last

    compiled = gt.function(step)
    assert int(compiled(jnp.int32(3))) == 2
    with pytest.raises(ControlFlowValueError, match="'last' must be defined before the loop"):
        compiled(jnp.int32(0))
        V.value  # noqa: B018 - the next read tells


def test_a_branch_hidden_in_a_layer():
    class Hidden(keras.layers.Layer):
        def __init__(self):
            super().__init__()

        def call(self, x):
            return [x for y in [x] if ops.sum(y) > 0]

    layer = Hidden()
    with pytest.raises(ControlFlowTypeError, match="Python had to decide by a tensor") as caught:
        gt.function(lambda x: layer(x))(np.ones((1, 2), "float32"))
    assert f"At: {__file__}:" in str(caught.value)
