"""Methods of datasets beyond what the comparison with ``tf.data`` sees."""

import collections

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import glasstape as gt
import glasstape.tf as tf
from glasstape.data import Dataset
from glasstape.errors import DatasetError

Point = collections.namedtuple("Point", "x y")


def refused(action):
    with pytest.raises(DatasetError) as caught:
        action()
    text = str(caught.value)
    for part in ("Expected:", "Received:", "Do this:", f"At: {action.__code__.co_filename}:"):
        assert part in text
    return text


def numbers(dataset):
    return [np.asarray(x).tolist() for x in dataset.as_numpy_iterator()]


# ----- where they begin -----


class TestFiles:
    @pytest.fixture
    def folder(self, tmp_path):
        for name in ("b.txt", "a.txt", "c.jpg", "d.jpg"):
            (tmp_path / name).touch()
        return tmp_path

    def names(self, dataset):
        return [path.decode().rsplit("/")[-1] for path in dataset.as_numpy_iterator()]

    def test_a_pattern(self, folder):
        files = Dataset.list_files(str(folder / "*.txt"), shuffle=False)
        assert self.names(files) == ["a.txt", "b.txt"]
        assert files.cardinality() == 2

    def test_several_patterns(self, folder):
        patterns = [str(folder / "*.txt"), str(folder / "*.jpg"), str(folder / "a*")]
        assert self.names(Dataset.list_files(patterns, shuffle=False)) == [
            "a.txt", "b.txt", "c.jpg", "d.jpg",
        ]  # fmt: skip

    def test_shuffled_by_default_anew_each_pass(self, folder):
        files = Dataset.list_files(str(folder / "*"), seed=1)
        passes = [tuple(self.names(files)) for _ in range(12)]
        assert len(set(passes)) > 1
        assert {tuple(sorted(p)) for p in passes} == {("a.txt", "b.txt", "c.jpg", "d.jpg")}

    def test_no_match(self, folder):
        text = refused(lambda: Dataset.list_files(str(folder / "*.png")))
        assert "list_files found no files" in text
        assert "*.png" in text


def test_a_signature_of_specs():
    def generate():
        yield {"x": np.ones((2, 3)), "n": 4}

    form = {"x": tf.TensorSpec([None, 3], tf.float32), "n": tf.TensorSpec([], tf.int32)}
    dataset = Dataset.from_generator(generate, output_signature=form)
    assert dataset.element_spec == form
    (element,) = dataset.as_numpy_iterator()
    assert element["x"].dtype == np.float32
    assert element["n"] == 4


def test_what_a_generator_may_not_yield():
    def of(value, spec):
        return lambda: list(Dataset.from_generator(lambda: iter([value]), output_signature=spec))

    assert "another shape" in refused(of([1, 2], gt.TensorSpec([3], "int32")))
    assert "element 0" in refused(of([1, 2], gt.TensorSpec([3], "int32")))
    assert "another dtype" in refused(of(1.5, gt.TensorSpec([], "int32")))
    text = refused(of((1, 2), (gt.TensorSpec([]),)))
    assert "another structure" in text
    assert "Received: (array, array)" in text
    assert "twice" in refused(
        lambda: Dataset.from_generator(list, "int32", output_signature=gt.TensorSpec([]))
    )
    assert "Dataset.from_generator does not know" in refused(lambda: Dataset.from_generator(list))


def test_a_generator_may_write_into_its_own_array_again():
    def generate():
        array = np.zeros(2, np.float32)
        for n in range(3):
            array[:] = n
            yield array

    spec = gt.TensorSpec([2])
    dataset = Dataset.from_generator(generate, output_signature=spec)
    assert [x.tolist() for x in dataset] == [[0, 0], [1, 1], [2, 2]]
    assert [x.tolist() for x in list(dataset)] == [[0, 0], [1, 1], [2, 2]]


def test_a_range_is_not_kept_in_memory():
    assert numbers(Dataset.range(10**15).skip(10**14).take(2)) == [10**14, 10**14 + 1]
    text = refused(lambda: next(iter(Dataset.range(2**40, 2**41))))
    assert "do not fit into JAX' arrays" in text


# ----- elements -----


def test_a_loop_gets_tensors_and_an_iterator_numpy():
    dataset = Dataset.from_tensor_slices({"x": [1.0, 2.0], "n": np.arange(2)}).batch(2)
    (element,) = dataset
    assert all(isinstance(leaf, jax.Array) for leaf in element.values())
    (element,) = dataset.as_numpy_iterator()
    assert element["n"].dtype == np.int64
    assert type(next(Dataset.range(1).as_numpy_iterator())) is np.int64


def test_iterators():
    dataset = Dataset.range(3)
    iterator = iter(dataset)
    assert int(next(iterator)) == 0
    assert int(iterator.get_next()) == 1
    assert [int(x) for x in iterator] == [2]
    with pytest.raises(StopIteration):
        next(iterator)
    assert iterator.element_spec == dataset.element_spec
    assert int(dataset.cardinality().numpy()) == 3


def test_text_keeps_its_zeros():
    data = [b"ab\x00", "\u00e9".encode(), b""]
    assert list(Dataset.from_tensor_slices(data).as_numpy_iterator()) == data
    (batch,) = Dataset.from_tensor_slices(data).batch(3).as_numpy_iterator()
    assert batch.tolist() == data
    mapped = Dataset.range(2).map(lambda n: b"x\x00" * int(n))
    assert list(mapped.as_numpy_iterator()) == [b"", b"x\x00"]


def test_datasets_of_half_precision():
    rows = np.asarray(jnp.ones((4, 2), "bfloat16"))
    (batch,) = Dataset.from_tensor_slices(rows).map(lambda x: x * 2).batch(4)
    assert batch.dtype == "bfloat16"
    assert batch.tolist() == [[2.0, 2.0]] * 4


def test_elements_can_be_described():
    pairs = Dataset.from_tensor_slices((np.zeros((5, 4)), ["a"] * 5))
    image, name = pairs.element_spec
    assert image == gt.TensorSpec([4])
    assert repr(name) == "TensorSpec(shape=(), dtype=string, name=None)"
    assert pairs.batch(2, True).element_spec[0] == gt.TensorSpec([2, 4])
    called = []
    dataset = Dataset.range(3).map(lambda n: called.append(1) or {"n": n, "twice": [n, n]})
    assert dataset.batch(2).element_spec["n"] == gt.TensorSpec([None], "int32")
    assert repr(Dataset.range(4).window(2).element_spec) == (
        "DatasetSpec(TensorSpec(shape=(), dtype=int32, name=None))"
    )
    assert "not known" in refused(lambda: Dataset.range(0).window(2).element_spec)


# ----- caches -----


class TestCache:
    def counted(self, calls):
        return Dataset.range(6).map(lambda n: calls.append(int(n)) or n)

    @pytest.mark.parametrize("in_a_file", [False, True])
    def test_functions_run_once(self, tmp_path, in_a_file):
        calls = []
        dataset = self.counted(calls).cache(str(tmp_path / "kept") if in_a_file else "")
        for _ in range(3):
            assert numbers(dataset) == list(range(6))
        assert calls == list(range(6))

    @pytest.mark.parametrize("in_a_file", [False, True])
    def test_a_pass_that_is_broken_off_keeps_nothing(self, tmp_path, in_a_file):
        calls = []
        dataset = self.counted(calls).cache(str(tmp_path / "kept") if in_a_file else "")
        iterator = iter(dataset)
        next(iterator)
        del iterator
        assert list(tmp_path.iterdir()) == []
        assert numbers(dataset) == list(range(6))
        assert calls == [0, *range(6)]

    def test_a_file_serves_another_run(self, tmp_path):
        first = Dataset.range(3).cache(tmp_path / "kept")
        list(first)
        again = Dataset.range(100, 103).cache(tmp_path / "kept")
        assert numbers(again) == [0, 1, 2]  # as in TensorFlow: delete it when the data change

    def test_any_element(self, tmp_path):
        half = np.asarray(jnp.ones(2, "bfloat16"))
        rows = [half[None], [b"a\x00"], np.zeros((1, 0)), np.array([True]), np.array([1j])]
        element = Point({"half": rows[0], "text": rows[1]}, tuple(rows[2:]))
        dataset = Dataset.from_tensor_slices(element).cache(tmp_path / "kept")
        (one,), (other,) = [list(dataset.as_numpy_iterator()) for _ in range(2)]
        assert type(other) is Point
        assert jax.tree.structure(one) == jax.tree.structure(other)
        for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
            np.testing.assert_array_equal(np.asarray(a), np.asarray(b))
            assert np.asarray(a).dtype == np.asarray(b).dtype

    def test_a_file_that_is_something_else(self, tmp_path):
        path = tmp_path / "kept"
        path.write_bytes(b"hello")
        assert "is not a dataset's cache" in refused(lambda: list(Dataset.range(2).cache(path)))
        path.unlink()
        list(Dataset.range(9).cache(path))
        path.write_bytes(path.read_bytes()[:-20])
        assert "is not a dataset's cache" in refused(lambda: list(Dataset.range(9).cache(path)))


# ----- options -----


def test_options_are_taken():
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = 1
    options.deterministic = False
    assert options.experimental_distribute.auto_shard_policy == 1
    dataset = Dataset.range(3).with_options(options)
    assert numbers(dataset) == [0, 1, 2]
    assert not dataset.options().threading.private_threadpool_size


@pytest.mark.parametrize("order", ["shuffle", "map", "both"])
def test_whole_programs_of_the_tutorials(order):
    """The pipelines of the documentation, in the words of TensorFlow's."""
    images, labels = np.random.rand(64, 8, 8).astype("float32"), np.arange(64) % 10
    dataset = tf.data.Dataset.from_tensor_slices((images, labels))
    normalise = lambda x, y: (tf.cast(x, tf.float32) / 255.0, y)  # noqa: E731
    if order != "map":
        dataset = dataset.shuffle(1024)
    if order != "shuffle":
        dataset = dataset.map(normalise, num_parallel_calls=tf.data.experimental.AUTOTUNE)
    dataset = dataset.cache().batch(16).prefetch(tf.data.experimental.AUTOTUNE)
    for _ in range(2):
        seen = np.concatenate([y for _, y in dataset])
        assert sorted(seen.tolist()) == sorted(labels.tolist())


def test_folders_of_images_as_in_the_tutorials(tmp_path):
    """list_files, tf.io, tf.strings and tf.image in mapped functions, with and without threads."""
    for kind in ("cats", "dogs"):
        (tmp_path / kind).mkdir()
        for n in range(3):
            image = tf.io.encode_png(np.full((4 + n, 5, 3), 40 * n, np.uint8))
            tf.io.write_file(str(tmp_path / kind / f"{n}.png"), image)
    names = np.array(["cats", "dogs"])

    def load(path):
        label = tf.strings.split(path, "/")[-2] == names
        return tf.io.read_file(path), label

    def decode(content, label):
        image = tf.image.decode_png(content, channels=3)
        return tf.image.resize(image, [4, 4]), label

    files = tf.data.Dataset.list_files(str(tmp_path / "*/*.png"), shuffle=False)
    for workers in (None, 2):
        dataset = files.map(load, num_parallel_calls=workers).map(decode).batch(6)
        ((images, labels),) = dataset
        assert images.shape == (6, 4, 4, 3)
        np.testing.assert_allclose(images[:, 0, 0, 0], [0, 40, 80] * 2, atol=1e-3)
        assert labels.tolist() == [[True, False]] * 3 + [[False, True]] * 3
