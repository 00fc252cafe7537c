"""Old Keras spellings under tf.keras: what they give, and what is said of them, once."""

import importlib
import subprocess
import sys
import warnings

import keras
import numpy as np
import pytest

import glasstape.tf as tf
from glasstape.errors import NotCoveredError, ShapeError, TapeTypeError
from glasstape.tf import _old_backend, _old_methods, _old_names
from tests.tf import expressions, keras_expressions
from tests.tf.golden.read import read

THEIRS = read("keras_expressions")
quiet = pytest.mark.filterwarnings("ignore::FutureWarning")


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch):
    monkeypatch.setattr(_old_methods, "_said", set())


@quiet
@pytest.mark.parametrize("expression", keras_expressions.EXPRESSIONS)
def test_results_are_tensorflows(expression):
    ours, theirs = expressions.describe(expression, tf), THEIRS[expression]
    if "dtype" not in theirs:
        assert ours == theirs
        return
    assert ours.keys() == theirs.keys()
    assert ours["dtype"] == {"int64": "int32"}.get(theirs["dtype"], theirs["dtype"])
    assert ours["shape"] == theirs["shape"]
    np.testing.assert_allclose(ours["value"], theirs["value"], rtol=1e-5, atol=1e-6)


def said(run):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run()
        run()
    return [(str(w.message), w.filename) for w in caught if w.category is FutureWarning]


NET = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
SAYS = {
    "tf.keras.backend.mean": (
        lambda: tf.keras.backend.mean,
        "tf.keras.backend.mean is an old spelling; in Keras 3 it is keras.ops.mean",
    ),
    "tf.keras.backend.pow": (
        lambda: tf.keras.backend.pow,
        "tf.keras.backend.pow is an old spelling; in Keras 3 it is keras.ops.power",
    ),
    "tf.keras.backend.set_value": (
        lambda: tf.keras.backend.set_value,
        "tf.keras.backend.set_value is an old spelling; in Keras 3 it is x.assign",
    ),
    "tf.keras.losses.MSE": (
        lambda: tf.keras.losses.MSE,
        "tf.keras.losses.MSE is an old spelling; in Keras 3 it is keras.losses.mean_squared_error",
    ),
    "tf.keras.optimizers.legacy.Adam": (
        lambda: tf.keras.optimizers.legacy.Adam,
        "tf.keras.optimizers.legacy.Adam is an old spelling; in Keras 3 it is "
        "keras.optimizers.Adam",
    ),
    "tf.keras.preprocessing.text.Tokenizer": (
        lambda: tf.keras.preprocessing.text.Tokenizer,
        "tf.keras.preprocessing.text.Tokenizer is an old spelling; Keras keeps it for such "
        "programs alone",
    ),
    "metric.reset_states": (
        lambda: keras.metrics.Mean().reset_states(),
        "metric.reset_states is an old spelling; in Keras 3 it is metric.reset_state",
    ),
    "optimizer.lr": (
        lambda: keras.optimizers.SGD(0.1).lr,
        "optimizer.lr is an old spelling; in Keras 3 it is optimizer.learning_rate",
    ),
    "lr=": (
        lambda: keras.optimizers.SGD(lr=0.1),
        "The argument lr is an old spelling; in Keras 3 it is learning_rate",
    ),
    "get_initial_state": (
        lambda: keras.layers.GRU(2).get_initial_state(np.ones((3, 4, 5))),
        "layer.get_initial_state(inputs) is an old spelling; in Keras 3 it is "
        "layer.get_initial_state(inputs.shape[0])",
    ),
    "predict_generator": (
        lambda: NET.predict_generator(np.ones((1, 1)), verbose=0),
        "model.predict_generator is an old spelling; in Keras 3 it is model.predict",
    ),
}


@pytest.mark.parametrize(("run", "text"), SAYS.values(), ids=SAYS)
def test_one_line_is_said_once(run, text):
    assert said(run) == [(text, __file__)]


def test_what_is_gone_says_what_there_is():
    with pytest.raises(NotCoveredError) as caught:
        tf.keras.backend.learning_phase  # noqa: B018
    assert str(caught.value).splitlines()[:4] == [
        "tf.keras.backend.learning_phase is not there: Keras 3 has given it up.",
        "  Expected: a name of Keras 3",
        "  Received: tf.keras.backend.learning_phase",
        "  Do this: use the argument `training` of layers and models",
    ]


def test_unknown_names_are_unknown_as_before():
    with pytest.raises(AttributeError, match=r"module 'keras.losses' has no attribute 'Nope'"):
        tf.keras.losses.Nope  # noqa: B018
    assert not hasattr(tf.keras.layers, "experimental_nope")
    with pytest.raises(ImportError):
        import glasstape.tf.keras.layers.experimental.nope  # noqa: F401


@quiet
def test_imports_of_old_namespaces():
    import glasstape.tf.keras.backend as K
    from glasstape.tf.keras.layers.experimental import preprocessing
    from glasstape.tf.keras.layers.experimental.preprocessing import Rescaling
    from glasstape.tf.keras.losses import MSE
    from glasstape.tf.keras.mixed_precision.experimental import Policy
    from glasstape.tf.keras.preprocessing.image import ImageDataGenerator

    assert K is keras.backend
    assert preprocessing.RandomFlip is keras.layers.RandomFlip
    assert Rescaling is keras.layers.Rescaling
    assert MSE is keras.losses.mean_squared_error
    assert Policy is keras.mixed_precision.Policy
    assert ImageDataGenerator().flow(np.ones((2, 4, 4, 3)), batch_size=1)[0].shape == (1, 4, 4, 3)


@quiet
def test_all_names_lead_somewhere():
    for namespace, names in _old_names.MOVED.items():
        if namespace == "keras.utils":
            continue
        module = importlib.import_module(f"glasstape.tf.{namespace}")
        for name in names:
            assert getattr(module, name) is not None
    for name in _old_names.BACKEND:
        assert callable(getattr(tf.keras.backend, name))


def test_the_list_of_backend_functions_is_complete():
    """The checker reads the list; programs run the functions."""
    own = {
        n
        for n, f in vars(_old_backend).items()
        if getattr(f, "__module__", "") == _old_backend.__name__ and not n.startswith("_")
    }
    assert own | set(_old_backend.SAME) == _old_names.BACKEND


@quiet
def test_decay_is_keras_2s():
    optimizer = tf.keras.optimizers.Adam(0.1, decay=0.5)
    variable = tf.Variable(1.0)
    rates = []
    for _ in range(3):
        rates.append(float(optimizer.learning_rate))
        optimizer.apply_gradients([(tf.constant(1.0), variable)])
    assert rates == pytest.approx([0.1, 0.1 / 1.5, 0.1 / 2])
    assert float(tf.keras.optimizers.SGD(learning_rate=0.3, decay=0.0).learning_rate) == (
        pytest.approx(0.3)
    )


@quiet
def test_the_learning_rate_can_be_set_by_its_old_name():
    optimizer = tf.keras.optimizers.RMSprop(lr=0.25)
    assert float(optimizer.lr) == 0.25
    optimizer.lr = 0.5
    assert float(optimizer.learning_rate) == 0.5
    tf.keras.backend.set_value(optimizer.lr, 0.125)
    assert float(tf.keras.backend.get_value(optimizer.learning_rate)) == 0.125


@quiet
@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_minimize(compiled):
    w = tf.Variable(3.0)
    optimizer = tf.keras.optimizers.SGD(0.1)

    def steps():
        optimizer.minimize(lambda: w * w, [w])
        with tf.GradientTape() as tape:
            loss = w * w
        optimizer.minimize(loss, [w], tape=tape)
        with tf.GradientTape() as tape:
            loss = w * w
        optimizer.minimize(loss, lambda: [w], tape)

    (tf.function(steps) if compiled else steps)()
    assert float(w) == pytest.approx(3 * 0.8**3)


@quiet
def test_minimize_without_a_tape():
    w = tf.Variable(3.0)
    with pytest.raises(TapeTypeError, match="without the tape that recorded it"):
        tf.keras.optimizers.SGD(0.1).minimize(tf.square(w), [w])


@quiet
def test_a_metric_that_overrides_the_old_name():
    class Count(tf.keras.metrics.Metric):
        def __init__(self):
            super().__init__()
            self.total = self.add_weight(name="total", initializer="zeros")

        def update_state(self, n):
            self.total.assign_add(n)

        def result(self):
            return self.total

        def reset_states(self):
            super().reset_states()
            self.total.assign_add(100.0)

    count = Count()
    count.update_state(5.0)
    count.reset_state()
    assert float(count.result()) == 100.0


@quiet
@pytest.mark.parametrize("given", [3, np.ones((3, 4, 5)), tf.ones((3, 4, 5)), tf.constant(3)])
def test_first_states_for_inputs_or_their_number(given):
    for layer, states in ((tf.keras.layers.GRU(2), 1), (tf.keras.layers.LSTM(2), 2)):
        found = layer.get_initial_state(given)
        assert [tuple(state.shape) for state in found] == [(3, 2)] * states


@quiet
def test_stateful_layers_of_a_model():
    layer = tf.keras.layers.LSTM(2, stateful=True)
    model = tf.keras.Sequential([tf.keras.Input(batch_shape=(1, 3, 1)), layer])
    model(np.ones((1, 3, 1)))
    assert np.abs(layer.states[0]).max() > 0
    model.reset_states()
    assert np.abs(layer.states[0]).max() == 0


@quiet
def test_generators():
    def batches():
        while True:
            yield np.ones((4, 1)), np.zeros((4, 1))

    model = tf.keras.Sequential([tf.keras.Input((1,)), tf.keras.layers.Dense(1)])
    model.compile(tf.keras.optimizers.SGD(0.1), "mse")
    history = model.fit_generator(batches(), 3, 2, verbose=0, workers=4, max_queue_size=10)
    assert history.history["loss"][1] < history.history["loss"][0]
    assert model.evaluate_generator(batches(), steps=2, verbose=0) < history.history["loss"][0]


@quiet
def test_functions_of_the_backend_in_models_steps_and_tapes():
    K = tf.keras.backend
    inputs = tf.keras.Input((3,))
    model = tf.keras.Model(inputs, tf.keras.layers.Lambda(lambda x: K.mean(x, axis=-1))(inputs))
    assert np.asarray(model(np.ones((2, 3)))).tolist() == [1.0, 1.0]

    x = tf.Variable([1.0, -2.0])

    @tf.function
    def slope():
        with tf.GradientTape() as tape:
            y = K.sum(K.square(x)) + K.sum(K.zeros((2,)))
        return tape.gradient(y, x)

    assert np.asarray(slope()).tolist() == [2.0, -4.0]


@pytest.mark.thorough
def test_glasstape_alone_adds_nothing_old():
    check = (
        "import glasstape as gt, keras; gt.GradientTape; print(hasattr(keras.losses, 'MSE'), "
        "hasattr(keras.optimizers.Optimizer, 'lr'), hasattr(keras.Model, 'compiled_loss'))"
    )
    ran = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["False", "False", "False"]


@quiet
def test_a_tensor_takes_the_place_of_a_weight_with_gradients_through_it():
    """As programs for MAML do; Keras 2 had that. `bias` needs nothing of ours."""
    net, copy = (keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]) for _ in "ab")
    net.set_weights([np.full((1, 1), 3.0), np.zeros(1)])
    x = tf.constant([[2.0]])
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            loss = tf.reduce_sum(net(x) ** 2)
        gradients = inner.gradient(loss, net.trainable_variables)
        old = net.layers[0]
        copy.layers[0].kernel = old.kernel - 0.1 * gradients[0]
        copy.layers[0].bias = old.bias - 0.1 * gradients[1]
        loss = tf.reduce_sum(copy(x))
    # The copy gives 2 (k - 0.1 * 2 * 4 k) + b - 0.1 * 2 * 2 k at b = 0.
    found = outer.gradient(loss, net.trainable_variables)
    assert float(found[0][0, 0]) == pytest.approx(2 - 1.6 - 0.4, abs=1e-5)
    assert [type(v).__name__ for v in net.submodules] == ["InputLayer", "Dense"]
    with pytest.raises(ShapeError, match="take the place of a layer's kernel"):
        copy.layers[0].kernel = tf.ones([2, 2])
    with pytest.raises(ShapeError, match="has been built"):
        keras.layers.Dense(1).kernel = tf.ones([2, 2])


@quiet
def test_a_value_is_ones_own():
    rate = tf.keras.backend.get_value(keras.optimizers.SGD(0.5).learning_rate)
    rate *= 0.5
    assert rate == 0.25
    value = tf.keras.backend.get_value(tf.Variable([1.0, 2.0]))
    value *= 2.0
    assert value.tolist() == [2.0, 4.0]
