"""Training with one trace for all sizes gives the numbers of a trace for each, bit for bit."""

import contextlib
import io

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import glasstape as gt
from glasstape.errors import LabelRangeError, NonFiniteLossError
from glasstape.monitor.runlog import read_measurements
from tests.compiler.relax import nets
from tests.thorough import all_but

RELAX = {"reduce_retracing": True}
SIZES = [6, 4, 5, 1, 6]


def same(a, b):
    for x, y in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True):
        np.testing.assert_array_equal(np.asarray(x), np.asarray(y))


def train(model, batches, **options):
    training = nets.Training(model, **options)
    results = [jax.tree.map(np.array, training.step(*batch)) for batch in batches]
    return training, results


@pytest.mark.thorough
@pytest.mark.parametrize("name", all_but(["mlp"], nets.IMAGES))
def test_batches_of_several_sizes(name):
    batches = [nets.images(size) for size in SIZES]
    exact, expected = train(nets.IMAGES[name], batches)
    relaxed, found = train(nets.IMAGES[name], batches, **RELAX)
    same(expected, found)
    same(exact.numbers(), relaxed.numbers())
    signatures = [trace.signature for trace in relaxed.step.traces]
    assert signatures == [
        "float32[6,8,8,1], int32[6]",
        "float32[?,8,8,1], int32[?]",
        "float32[1,8,8,1], int32[1]",
    ]
    assert relaxed.step.traces[1].why == (
        "argument `x` was float32[6,8,8,1], is now float32[4,8,8,1]: traced once more for any "
        "size of dimension 0; argument `y` was int32[6], is now int32[4]: traced once more for "
        "any size of dimension 0"
    )


@pytest.mark.parametrize("name", all_but([], nets.TOKENS))
def test_sequences_of_several_lengths(name):
    batches = [nets.tokens(*size) for size in [(4, 6), (4, 5), (3, 7), (5, 4)]]
    exact, expected = train(nets.TOKENS[name], batches)
    relaxed, found = train(nets.TOKENS[name], batches, **RELAX)
    same(expected, found)
    same(exact.numbers(), relaxed.numbers())
    signatures = [trace.signature for trace in relaxed.step.traces]
    assert signatures == ["int32[4,6], int32[4]", "int32[4,?], int32[4]", "int32[?,?], int32[?]"]


@pytest.mark.thorough
def test_an_input_signature_is_traced_once():
    signature = [gt.TensorSpec([None, 8, 8, 1]), gt.TensorSpec([None], "int32")]
    batches = [nets.images(size) for size in (6, 4, 5)]
    exact, expected = train(nets.cnn, batches)
    relaxed, found = train(nets.cnn, batches, input_signature=signature)
    same(expected, found)
    same(exact.numbers(), relaxed.numbers())
    assert [t.signature for t in relaxed.step.traces] == ["float32[?,8,8,1], int32[?]"]
    assert relaxed.step.traces[0].why == "it is the first call"
    # What was built in that trace knows of no symbol.
    assert relaxed.model.layers[0].get_build_config() == {"input_shape": (None, 8, 8, 1)}


def test_against_hand_written_jax():
    weights = np.random.default_rng(0).normal(size=(3, 2)).astype("float32")
    w = gt.Variable(weights)

    @gt.function(reduce_retracing=True)
    def step(x, y):
        with gt.GradientTape() as tape:
            loss = jnp.sum((x @ w - y) ** 2) / x.shape[0]
        w.assign_sub(0.1 * tape.gradient(loss, w))
        return loss

    @jax.jit
    def by_hand(w, x, y):
        loss, gradient = jax.value_and_grad(lambda w: jnp.sum((x @ w - y) ** 2) / len(x))(w)
        return loss, w - 0.1 * gradient

    for size in SIZES:
        random = np.random.default_rng(size)
        x, y = (random.normal(size=(size, n)).astype("float32") for n in (3, 2))
        loss, weights = by_hand(weights, x, y)
        np.testing.assert_allclose(step(x, y), loss, rtol=1e-6)
        np.testing.assert_allclose(w.numpy(), weights, rtol=1e-6)
    assert len(step.traces) == 3


def test_under_a_tape():
    """The custom derivatives inside the step are for any size, too."""
    model = keras.Sequential([keras.layers.Dense(4, activation="gelu"), keras.layers.Dense(1)])
    model.build((None, 3))

    def gradients(step):
        found = []
        for size in (4, 3, 5, 6):
            x = jnp.asarray(np.random.default_rng(size).normal(size=(size, 3)), "float32")
            with gt.GradientTape() as tape:
                tape.watch(x)
                y = step(x)
            found.append(tape.gradient(y, [x, *model.trainable_variables]))
        return found

    def run(x):
        return jnp.sum(jax.nn.relu(model(x))) / x.shape[0]

    relaxed = gt.function(run, **RELAX)
    same(gradients(gt.function(run)), gradients(relaxed))
    assert len(relaxed.traces) == 2


def test_a_custom_gradient_of_the_users():
    @gt.custom_gradient
    def double(x):
        return x * 1.0, lambda g: g * x.shape[0]

    def run(x):
        with gt.GradientTape() as tape:
            tape.watch(x)
            y = jnp.sum(double(x))
        return tape.gradient(y, x)

    step = gt.function(run, **RELAX)
    for size in (4, 3, 5, 7):
        np.testing.assert_array_equal(step(jnp.ones(size)), np.full(size, size, "float32"))
    assert len(step.traces) == 2


def test_nested_functions_and_results():
    inner = gt.function(lambda x: (x * x.shape[0], x[:2]), **RELAX)

    @gt.function(reduce_retracing=True)
    def step(batch):
        scaled, head = inner(batch["x"])
        return {"scaled": scaled, "head": head, "n": batch["x"].shape[0], "name": "step"}

    for size in (4, 3, 5, 7):
        found = step({"x": jnp.ones((size, 2))})
        assert found["scaled"].shape == (size, 2)
        assert float(found["scaled"][0, 0]) == int(found["n"]) == size
        assert found["head"].shape == (2, 2)
        assert found["name"] == "step"
    assert len(step.traces) == 2


def printed(step, sizes):
    text = io.StringIO()
    with contextlib.redirect_stderr(text):
        for size in sizes:
            step(jnp.arange(size, dtype="float32"))
    return text.getvalue()


def test_printing():
    def run(x):
        gt.print("x:", x, x.shape, x.shape[0] // 2, summarize=2)
        gt.print("a loop follows")
        return jax.lax.fori_loop(0, 2, lambda i, s: _show(s), jnp.sum(x))

    def _show(s):
        gt.print("s:", s)
        return s + 1

    exact, relaxed = gt.function(run), gt.function(run, **RELAX)
    assert printed(exact, SIZES) == printed(relaxed, SIZES)
    assert len(relaxed.traces) == 3


def test_a_text_with_a_size():
    def run(x):
        gt.print(f"{x.shape[0]} rows")
        return x

    exact, relaxed = gt.function(run), gt.function(run, **RELAX)
    assert printed(exact, [4, 3, 5]) == printed(relaxed, [4, 3, 5]) == "4 rows\n3 rows\n5 rows\n"
    assert "needs the size itself, as text" in relaxed.traces[1].why


def test_a_text_that_jax_makes():
    def run(x):
        gt.print(f"{x}")
        return x

    relaxed = gt.function(run, **RELAX)
    printed(relaxed, [4, 3])
    assert "a text that the step prints has a size in it" in relaxed.traces[1].why


class TestGuards:
    @pytest.mark.thorough
    def test_labels(self):
        training = nets.Training(nets.mlp, **RELAX)
        for size in (6, 4, 5):
            training.step(*nets.images(size))
        before = training.numbers()
        x, y = nets.images(7)
        with pytest.raises(LabelRangeError, match="12"):
            training.step(x, y.at[3].set(12))
            training.numbers()
        same(before, training.numbers())
        training.step(x, y)
        assert len(training.step.traces) == 2

    @pytest.mark.thorough
    def test_a_loss_that_is_not_finite(self):
        training = nets.Training(nets.mlp, **RELAX)
        for size in (6, 4):
            training.step(*nets.images(size))
        before = training.numbers()
        x, y = nets.images(5)
        with pytest.raises(NonFiniteLossError):
            training.step(x.at[0].set(np.nan), y)
            training.numbers()
        same(before, training.numbers())


@pytest.mark.thorough
def test_with_the_glass_on(tmp_path):
    batches = [nets.images(size) for size in SIZES]
    bare, expected = train(nets.mlp, batches, **RELAX)
    with gt.glass(show=None, run_dir=tmp_path, every=1) as glass:
        looked_at, found = train(nets.mlp, batches, **RELAX)
    same(expected, found)
    same(bare.numbers(), looked_at.numbers())
    assert len(looked_at.step.traces) == len(bare.step.traces) == 3
    assert len(list(read_measurements(glass.run_dir))) == len(batches)
