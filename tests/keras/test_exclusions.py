"""Every public name of the four modules has a case, or a reason why it has none."""

import importlib

import jax
import jax.numpy as jnp
import keras
import pytest

from tests.keras import case, exclusions, page, programs, test_gradients, ways

JAX = tuple(int(part) for part in jax.__version__.split(".")[:2])
OF_THE_TABLES = pytest.mark.skipif(
    not programs.is_the_tables_keras(), reason="the tables are of another Keras"
)


def _installed(names):
    return {name: names[name] for name in names if programs.find(f"ops.{name}")}


def test_a_namespace_of_tf_is_none_of_keras():
    importlib.import_module("glasstape.tf.keras.layers.experimental")
    assert "experimental" in dir(keras.layers)
    assert "layers.experimental" not in programs.public("layers")


@pytest.mark.parametrize("module", programs.MODULES)
def test_every_name_is_accounted_for(module):
    ours = {*programs.ENTRIES, *exclusions.EXCLUDED, *programs.aliases()}
    assert set(programs.public(module)) - ours == set()


@pytest.mark.parametrize("module", ["linalg", "nn", "numpy"])
def test_the_other_modules_of_operations_have_nothing_of_their_own(module):
    functions = [n.rpartition(".")[2] for n in programs.public(f"ops.{module}")]
    assert set(functions) - set(dir(keras.ops)) == set()


def test_nothing_is_in_both():
    assert programs.ENTRIES.keys() & exclusions.EXCLUDED.keys() == set()


@OF_THE_TABLES
def test_the_tables_name_what_exists():
    assert [n for n in [*programs.ENTRIES, *exclusions.EXCLUDED] if not programs.find(n)] == []


@pytest.mark.parametrize("name", _installed(exclusions.WHOLE_NUMBERS))
def test_results_that_are_whole_numbers(name):
    inputs = case.draw(name, exclusions.WHOLE_NUMBERS[name])
    results = jax.tree.leaves(getattr(keras.ops, name)(*inputs))
    assert results
    assert not any(jnp.issubdtype(jnp.asarray(y).dtype, jnp.inexact) for y in results)


NO_RULE = exclusions.NO_RULE | (exclusions.RULE_SINCE_JAX_0_12 if JAX < (0, 12) else {})


@pytest.mark.parametrize("name", _installed(NO_RULE))
def test_jax_refuses(name):
    entry = NO_RULE[name]
    (x,) = case.draw(name, entry.inputs)
    entry.function(x)
    refusal = r"ifferentiation|erivatives of|only implemented if"
    with pytest.raises((NotImplementedError, ValueError), match=refusal):
        jax.grad(lambda x: ways.number_of(entry.function(x)))(x)


@pytest.mark.skipif(JAX < (0, 12), reason="JAX refuses to differentiate it")
@pytest.mark.parametrize("name", _installed(exclusions.RULE_SINCE_JAX_0_12))
def test_jax_refuses_no_more(name):
    program = programs.of_function(name, exclusions.RULE_SINCE_JAX_0_12[name])
    expected, got = ways.compiled([program])[name]
    test_gradients.assert_close(got.first, expected.first)
    test_gradients.assert_close(got.second, expected.second)
    test_gradients.assert_close(ways.eager([program])[name], expected.first)


# ----- the page -----


@OF_THE_TABLES
def test_the_page_is_made_from_the_tables():
    written = page.PAGE.read_text(encoding="utf-8")
    assert written == page.text(), "run python -m tests.keras.page"


@OF_THE_TABLES
def test_the_outcomes_are_of_these_tables():
    ours = [o["compared"] for e, o in page.outcomes().items() if f"Keras {programs.KERAS}" in e]
    assert ours
    for way, compared in [pair for environment in ours for pair in environment.items()]:
        names = test_gradients.COMPILED if "compiled" in way else test_gradients.NAMES
        assert sum(compared.values()) == len(names), "run python -m tests.keras.page --run"
