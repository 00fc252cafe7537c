"""Tensors, variables and control flow, against results read off TensorFlow."""

import pytest

import glasstape.tf as tf
from glasstape.errors import GlassTapeError
from tests.tf import tensors
from tests.tf.golden.read import read

THEIRS = read("tensors")
# Accepted here and refused by TensorFlow.
ACCEPTED = {
    "tf.switch_case(tf.constant(5), {0: lambda: 1, 5: lambda: 3})": ("3", "'int32[] 3'"),
    "tf.switch_case(tf.constant(5), {0: lambda: 1, 7: lambda: 3}, default=lambda: 9)": (
        "9",
        "'int32[] 9'",
    ),
    "tf.cond(tf.constant(1), lambda: 1, lambda: 2)": ("1", "'int32[] 1'"),
}
# Refused by Python, NumPy or JAX, whose messages are clear.
NOT_OURS = {
    "list(tf.Variable(1.0))",
    "list(tf.constant(1.0))",
    "bool(tf.constant([1.0, 2.0]) > 0)",
}


def expected(results, expression, place):
    """TensorFlow's result, with the dtypes JAX has; "error" when it raises."""
    if expression in ACCEPTED:
        return ACCEPTED[expression][place]
    return plain(results[expression])


def plain(result):
    if isinstance(result, dict) and "error" in result:
        return "error"
    return repr(result).replace("float64[", "float32[").replace("int64[", "int32[")


@pytest.mark.parametrize("expression", [*tensors.EAGER, *tensors.COMPILED])
def test_results_are_tensorflows(expression):
    ours = tensors.evaluate(expression, tf)
    assert plain(ours) == expected(THEIRS["eager"], expression, 0)


@pytest.mark.parametrize("expression", tensors.COMPILED)
def test_results_in_a_compiled_step_are_tensorflows(expression):
    ours = tensors.evaluate(expression, tf, compiled=True)
    assert plain(ours) == expected(THEIRS["compiled"], expression, 1)


@pytest.mark.filterwarnings("ignore:.*runs as plain Python")
@pytest.mark.parametrize("name", tensors.PROGRAMS)
def test_programs_give_tensorflows_numbers(name):
    assert tensors.describe(tensors.PROGRAMS[name](tf)) == THEIRS["programs"][name]


def test_the_stored_results_are_of_these_expressions():
    assert list(THEIRS["eager"]) == [*tensors.EAGER, *tensors.COMPILED]
    assert list(THEIRS["compiled"]) == tensors.COMPILED
    assert list(THEIRS["programs"]) == list(tensors.PROGRAMS)
    assert set(THEIRS["eager"]) >= set(ACCEPTED) | NOT_OURS


def test_a_wrong_result_would_be_noticed():
    class Wrong:
        foldr, constant = tf.foldl, tf.constant

    expression = "tf.foldr(lambda a, x: a - x, tf.constant([1, 2, 3]))"
    ours = tensors.evaluate(expression, Wrong)
    assert plain(ours) != expected(THEIRS["eager"], expression, 0)


@pytest.mark.parametrize(
    "expression", [e for e, r in THEIRS["eager"].items() if plain(r) == "error"]
)
def test_refusals_explain_themselves(expression):
    if expression in NOT_OURS or expression in ACCEPTED:
        return
    with pytest.raises(GlassTapeError) as caught:
        eval(expression, {"tf": tf, "np": tensors.np})
    lines = str(caught.value).splitlines()
    assert [line.split(":")[0].strip() for line in lines[1:4]] == [
        "Expected",
        "Received",
        "Do this",
    ]
