"""What functions on tensors have in common: names, variables, steps, models, mixed dtypes."""

import importlib
import pkgutil

import jax
import numpy as np
import pytest

import glasstape.tf as tf
from glasstape.errors import GlassTapeError, TensorTypeError


def translated():
    """Every function that says what it is called."""
    for module in pkgutil.iter_modules(tf.__path__, "glasstape.tf."):
        for value in vars(importlib.import_module(module.name)).values():
            if hasattr(value, "tf_names"):
                yield value


def look_up(name):
    found = tf
    for part in name.split("."):
        found = getattr(found, part)
    return found


def test_functions_are_found_under_their_names():
    names = {name: f for f in translated() for name in f.tf_names}
    names = {n: f for n, f in names.items() if "experimental" not in n}
    assert len(names) > 350
    assert not [n for n, f in names.items() if look_up(n) is not f]


def test_functions_are_documented_with_an_example():
    for function in translated():
        for section in ("Args:", "Returns:", "Raises:", ">>> import glasstape.tf as tf"):
            assert section in function.__doc__ or not function.__wrapped__.__code__.co_argcount


@pytest.fixture
def mixed():
    tf.config.allow_mixed_dtypes()
    yield
    tf.config.allow_mixed_dtypes(False)


def test_mixed_dtypes_are_refused():
    line = [
        "tf.add cannot use these arguments.",
        "  Expected: tensors of one dtype",
        "  Received: int32 and float32",
        "  Do this: use tf.cast, or tf.config.allow_mixed_dtypes() at the start of the program",
    ]
    with pytest.raises(TensorTypeError) as caught:
        tf.add(tf.constant(1), tf.constant(1.0))
    assert str(caught.value).splitlines()[:4] == line
    for call in (tf.matmul, tf.maximum, tf.equal, lambda x, y: tf.concat([x, y], 0)):
        with pytest.raises(TensorTypeError):
            call(tf.ones([1, 1]), tf.ones([1, 1], tf.int32))


def test_the_switch_promotes_them(mixed):
    assert float(tf.add(tf.constant(1), tf.constant(0.5))) == 1.5
    assert tf.concat([tf.ones([1]), tf.constant([1])], 0).dtype == tf.float32
    assert float(tf.Variable(1.5) + tf.constant(1)) == 2.5
    assert tf.multiply(tf.constant(2), 0.5).dtype == tf.float32


def test_what_jax_refuses_is_explained():
    with pytest.raises(TensorTypeError) as caught:
        tf.add(tf.ones([2]), tf.ones([3]))
    lines = str(caught.value).splitlines()
    assert lines[0] == "tf.add cannot use these arguments."
    assert lines[2] == "  Received: float32[2], float32[3]"
    assert lines[4].startswith(f"  At: {__file__}:")


def test_variables_are_arguments_and_sources():
    v = tf.Variable([1.0, 4.0])
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(tf.sqrt(v)) + tf.reduce_max(tf.concat([v, v], 0))
    np.testing.assert_allclose(tape.gradient(y, v), [0.5, 0.25 + 1.0])


@pytest.mark.parametrize("compiled", [False, True])
def test_rules_hold_in_steps_and_to_second_order(compiled):
    def step(x):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = tf.reduce_sum(tf.maximum(x, 2.0) ** 2 + tf.math.xlogy(x, x) + tf.sqrt(x))
            first = inner.gradient(y, x)
        return first, outer.gradient(first, x)

    x = tf.constant([4.0, 9.0])
    first, second = (tf.function(step) if compiled else step)(x)
    np.testing.assert_allclose(first, 2 * x + np.log(x) + 1 + 0.5 / np.sqrt(x), rtol=1e-6)
    np.testing.assert_allclose(second, 2 + 1 / x - 0.25 * x**-1.5, rtol=1e-6)


def test_the_shape_of_a_tensor_is_known_in_a_step():
    @tf.function
    def step(x):
        n = tf.shape(x)[0]
        noise = tf.random.normal([n, 3])
        return tf.reshape(x, [n, -1]), noise, tf.cast(n, tf.float32) * 2.0, tf.range(n)

    flat, noise, count, places = step(tf.ones([2, 2, 2]))
    assert (flat.shape, noise.shape, float(count)) == ((2, 4), (2, 3), 4.0)
    assert places.tolist() == [0, 1]


def test_sizes_that_a_relaxed_trace_leaves_open():
    @tf.function(reduce_retracing=True)
    def step(x):
        return tf.reshape(x, [tf.shape(x)[0], -1]) + tf.zeros([tf.shape(x)[0], 1])

    for n in (2, 3, 5, 7):
        np.testing.assert_array_equal(step(tf.ones([n, 2, 2])), np.ones([n, 4]))
    assert step.experimental_get_tracing_count() <= 2


@pytest.mark.parametrize("index", [5, -1])
@pytest.mark.parametrize("compiled", [False, True])
def test_an_index_out_of_range_is_refused(index, compiled):
    def call(i):
        return tf.gather(tf.constant([1.0, 2.0]), i)

    with pytest.raises(GlassTapeError, match=r"indices from 0 to below 2"):
        np.asarray((tf.function(call) if compiled else call)(tf.constant([index])))


@pytest.mark.parametrize("compiled", [False, True])
def test_a_label_out_of_range_is_refused(compiled):
    def call(y):
        return tf.nn.sparse_softmax_cross_entropy_with_logits(y, tf.zeros([1, 2]))

    with pytest.raises(GlassTapeError, match="label"):
        np.asarray((tf.function(call) if compiled else call)(tf.constant([7])))


def test_whole_numbers_are_not_divided_by_zero():
    for call in (tf.math.floordiv, tf.math.floormod, tf.truncatediv):
        with pytest.raises(TensorTypeError, match="other than 0"):
            call([1], [0])


def test_generators_go_on_in_compiled_steps():
    generator = tf.random.Generator.from_seed(1)
    step = tf.function(lambda: generator.normal([3]))
    drawn = [np.asarray(step()) for _ in range(2)] + [np.asarray(generator.normal([3]))]
    assert len({d.tobytes() for d in drawn}) == 3
    generator.reset_from_seed(1)
    np.testing.assert_allclose([generator.normal([3]) for _ in range(3)], drawn, rtol=1e-6)
    assert step.experimental_get_tracing_count() == 1


def test_stateless_numbers_and_shuffles():
    one, same, other = (tf.random.stateless_uniform([50], s) for s in ([1, 2], [1, 2], [2, 1]))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)
    x = tf.random.shuffle(tf.range(50))
    assert sorted(x.tolist()) == list(range(50)) != x.tolist()


def test_moments_of_what_is_drawn():
    tf.random.set_seed(3)
    assert abs(float(tf.reduce_mean(tf.random.poisson([5000], 4.0))) - 4) < 0.2
    assert abs(float(tf.reduce_mean(tf.random.gamma([5000], 3.0, 2.0))) - 1.5) < 0.1
    share = tf.reduce_mean(tf.cast(tf.random.categorical([[0.0, np.log(3)]], 5000), tf.float32))
    assert abs(float(share) - 0.75) < 0.05
    kept = tf.nn.dropout(tf.ones([5000]), 0.25, seed=1)
    assert set(np.unique(kept).tolist()) <= {0.0, np.float32(1 / 0.75).item()}
    assert abs(float(tf.reduce_mean(kept)) - 1) < 0.05


def test_functions_are_nodes_of_functional_models(tmp_path):
    inputs = tf.keras.Input((4,))
    hidden = tf.concat([tf.nn.relu(inputs), tf.reshape(inputs, [-1, 4])], axis=-1)
    model = tf.keras.Model(inputs, tf.reduce_max(hidden, axis=1))
    x = np.array([[-1.0, 2.0, 3.0, -4.0]], "float32")
    assert float(model(x)[0]) == 3.0
    model.save(tmp_path / "model.keras")
    assert float(tf.keras.models.load_model(tmp_path / "model.keras")(x)[0]) == 3.0


def test_jax_transformations_take_them():
    assert float(jax.grad(lambda x: tf.clip_by_value(x, 0.0, 1.0))(1.0)) == 1.0
    np.testing.assert_allclose(jax.vmap(tf.norm)(np.ones((3, 4), "float32")), [2.0] * 3)
