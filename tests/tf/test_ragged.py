"""Ragged and sparse tensors are what TensorFlow's are, as far as data needs them."""

import numpy as np
import pytest

import glasstape.tf as tf
from glasstape.errors import NotCoveredError
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


@pytest.mark.parametrize("use", [lambda: SPARSE.op, lambda: tf.sparse.add(SPARSE, SPARSE)])
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
