"""Ragged and sparse tensors are what TensorFlow's are, as far as data needs them."""

import numpy as np
import pytest

import glasstape.tf as tf
from glasstape.errors import NotCoveredError, TensorTypeError
from tests.tf import ragged
from tests.tf.golden.read import read
from tests.thorough import all_but


@pytest.mark.parametrize("step", all_but([4], [4, 1]))
def test_results_are_tensorflows(step):
    theirs = read("ragged")
    assert list(theirs) == ragged.EXPRESSIONS
    ours = ragged.describe_all(tf, ragged.EXPRESSIONS[::step])
    assert {e: found for e, found in ours.items() if found != theirs[e]} == {}


ROWS = tf.ragged.constant([[1, 2], [3]])
SPARSE = tf.SparseTensor([[1]], [2.0], [3])
SPARSE_MATRIX = tf.SparseTensor([[0, 1]], [2.0], [2, 3])


@pytest.mark.parametrize(
    "use",
    [
        lambda: tf.reduce_sum(ROWS),
        lambda: np.asarray(ROWS),
        lambda: ROWS.to_sparse(),
        lambda: ROWS + 1,
        lambda: tf.ragged.range(3),
    ],
)
def test_what_rows_cannot_do_names_to_tensor(use):
    with pytest.raises(NotCoveredError, match="to_tensor"):
        use()


@pytest.mark.parametrize(
    "use",
    [
        lambda: SPARSE.op,
        lambda: SPARSE + SPARSE,
        lambda: 2 * SPARSE,
        lambda: tf.sparse.add(SPARSE, SPARSE),
    ],
)
def test_what_sparse_tensors_cannot_do_names_to_dense(use):
    with pytest.raises(NotCoveredError, match=r"tf\.sparse\.to_dense"):
        use()


def test_products_with_sparse_matrices_have_gradients():
    x = tf.Variable(tf.ones([3, 2]))
    matrix = tf.SparseTensor([[0, 0], [1, 2]], [1.0, 2.0], [2, 3])

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            y = tf.reduce_sum(tf.sparse.sparse_dense_matmul(matrix, x))
        return tape.gradient(y, x)

    assert step().numpy().tolist() == [[1, 1], [0, 0], [2, 2]]


class Neighbours(tf.keras.layers.Layer):
    """Sums over the edges of a graph; what it is built with is kept."""

    def build(self, shapes):
        self.built_with = shapes
        self.kernel = self.add_weight(shape=(shapes[0][-1], 2), initializer="ones")

    def call(self, inputs):
        features, edges = inputs
        return tf.sparse.sparse_dense_matmul(edges, tf.matmul(features, self.kernel))


class Graph(tf.keras.Model):
    """Two layers over one graph."""

    def __init__(self):
        super().__init__()
        self.first, self.second = Neighbours(), Neighbours()

    def call(self, inputs):
        features, edges = inputs
        return self.second((self.first((features, edges)), edges))


def test_layers_of_ones_own_are_called_with_sparse_tensors():
    edges = tf.SparseTensor([[0, 0], [1, 2], [2, 1]], [1.0, 2.0, 3.0], [3, 3])
    model, features = Graph(), tf.ones([3, 5])
    # TensorFlow's numbers: the kernels sum, and each edge is gone along twice.
    assert model((features, edges)).numpy().tolist() == [[10.0] * 2, [60.0] * 2, [60.0] * 2]
    assert model.first.built_with == ((3, 5), (3, 3))
    assert [w.shape for w in model.weights] == [(5, 2), (2, 2)]

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(model((features, edges)))
        return tape.gradient(loss, model.trainable_variables)

    first, second = step()
    assert first.numpy().tolist() == [[26.0, 26.0]] * 5
    assert second.numpy().tolist() == [[65.0, 65.0]] * 2


def test_a_step_that_is_called_with_a_sparse_tensor_says_what_to_do():
    class Layer(tf.keras.layers.Layer):
        def call(self, x):
            return tf.sparse.sparse_dense_matmul(x, tf.ones([3, 1]))

    def new_model(x):
        return Graph()((tf.ones([3, 5]), x))

    for use in (tf.sparse.to_dense, Layer(), new_model):
        with pytest.raises(TensorTypeError, match="let the step take it from outside"):
            tf.function(lambda x, use=use: use(x))(SPARSE_MATRIX)


def test_models_are_trained_with_whole_tensors():
    def history(x):
        model = tf.keras.Sequential([tf.keras.layers.Dense(1, kernel_initializer="ones")])
        model.compile("sgd", "mse")
        told = model.fit(x, y, epochs=2, batch_size=2, shuffle=False, verbose=0)
        assert model.predict(x, verbose=0).shape == (4, 1)
        assert model.evaluate(x, y, verbose=0) == model.test_on_batch(x, y)
        return told.history["loss"]

    x, y = np.eye(4, 5, dtype="float32"), np.arange(4.0, dtype="float32")
    assert history(tf.sparse.from_dense(x)) == history(x)


def test_a_sparse_tensor_is_no_dense_one():
    with pytest.raises(TensorTypeError, match=r"tf\.sparse\.to_dense") as caught:
        tf.reduce_sum(SPARSE)
    assert __file__ in str(caught.value)
