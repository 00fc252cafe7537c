"""Tensors and datasets of TensorFlow and PyTorch, which the tests do not have: stand-ins."""

import numpy as np
import pytest

import glasstape as gt
from glasstape.data import Dataset


class EagerTensor:
    def __init__(self, array):
        self.array = np.asarray(array)

    def numpy(self):
        return self.array

    def __array__(self, dtype=None, copy=None):
        return self.array


class Tensor:
    def __init__(self, array, detached=False):
        self.array, self.detached = np.asarray(array), detached

    def detach(self):
        return Tensor(self.array, True)

    def cpu(self):
        return self

    def numpy(self):
        if not self.detached:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad.")
        return self.array

    def __array__(self, dtype=None, copy=None):
        return self.numpy()


class TheirDataset:
    """What iterates and says `element_spec`, as ``tf.data.Dataset``."""

    element_spec = None

    def __iter__(self):
        return iter(
            [(EagerTensor([1.0, 2.0]), EagerTensor(3)), (EagerTensor([4.0]), EagerTensor(5))]
        )


class DataLoader:
    def __iter__(self):
        return iter([[Tensor([1.0]), Tensor([2])], [Tensor([3.0]), Tensor([4])]])


EagerTensor.__module__ = "tensorflow.python.framework.ops"
Tensor.__module__ = "torch"
DataLoader.__module__ = "torch.utils.data.dataloader"


@pytest.mark.parametrize("kind", [EagerTensor, Tensor])
def test_a_step_takes_their_tensors_and_is_traced_once(kind):
    @gt.function
    def step(x, y):
        return x * 2 + y

    for n in range(3):
        found = step(kind(np.float32([n, 1])), y=kind(np.float32(1)))
        np.testing.assert_array_equal(found, [2 * n + 1, 3])
    assert len(step.traces) == 1


@pytest.mark.parametrize("kind", [EagerTensor, Tensor])
def test_their_tensors_are_sources(kind):
    dataset = Dataset.from_tensor_slices((kind(np.float32([[1], [2]])), kind([3, 4]))).batch(2)
    (element,) = dataset.as_numpy_iterator()
    assert [part.tolist() for part in element] == [[[1.0], [2.0]], [3, 4]]


def test_their_datasets_join_ours():
    zipped = Dataset.zip((TheirDataset(), Dataset.range(9)))
    assert [(x.tolist(), int(y), int(n)) for (x, y), n in zipped] == [
        ([1.0, 2.0], 3, 0), ([4.0], 5, 1),
    ]  # fmt: skip
    joined = Dataset.from_tensor_slices((np.float32([[0]]), [9])).concatenate(DataLoader())
    assert [(x.tolist(), np.ravel(y).tolist()) for x, y in joined] == [
        ([0.0], [9]), ([1.0], [2]), ([3.0], [4]),
    ]  # fmt: skip


def test_what_a_function_returns_may_be_theirs():
    dataset = Dataset.range(2).map(lambda n: EagerTensor(np.float32([int(n)])))
    assert [x.tolist() for x in dataset] == [[0.0], [1.0]]
