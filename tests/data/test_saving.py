"""Datasets that are saved and loaded, beyond what the comparison with ``tf.data`` sees."""

import collections
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import glasstape.tf as tf
from glasstape.data import Dataset
from tests.data.test_methods import numbers, refused

Point = collections.namedtuple("Point", "x y")


@pytest.mark.parametrize("compression", [None, "GZIP"])
def test_any_element(tmp_path, compression):
    half = np.asarray(jnp.ones((1, 2), "bfloat16"))
    element = Point({"half": half, "text": [b"a\x00"]}, (np.zeros((1, 0)), np.array([True])))
    dataset = Dataset.from_tensor_slices(element).repeat(3)
    dataset.save(tmp_path / "kept", compression)
    loaded = Dataset.load(tmp_path / "kept")
    assert loaded.element_spec == dataset.element_spec
    assert len(loaded) == 3
    for one, other in zip(dataset, loaded, strict=True):
        assert type(other) is Point
        for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
            np.testing.assert_array_equal(np.asarray(a), np.asarray(b))
            assert np.asarray(a).dtype == np.asarray(b).dtype


def test_the_path_may_be_a_tensor(tmp_path):
    path = tf.constant(str(tmp_path / "kept"))
    Dataset.range(3).save(path)
    assert numbers(Dataset.load(path)) == [0, 1, 2]


def test_functions_run_once_more_not_again(tmp_path):
    calls = []
    Dataset.range(3).map(lambda n: calls.append(int(n)) or n).save(tmp_path)
    assert calls == [0, 1, 2]
    loaded = Dataset.load(tmp_path)
    assert numbers(loaded) == numbers(loaded) == [0, 1, 2]
    assert loaded.element_spec == tf.TensorSpec([], tf.int32)
    assert calls == [0, 1, 2]


def test_a_new_one_takes_the_others_place(tmp_path):
    Dataset.range(3).save(tmp_path, shard_func=lambda n: n)
    old = Dataset.load(tmp_path)
    old.map(lambda n: n + 1).save(tmp_path)  # from the folder into itself
    assert numbers(Dataset.load(tmp_path)) == [1, 2, 3]
    assert len(list(tmp_path.iterdir())) == 2
    assert "another save has replaced it" in refused(lambda: list(old))


def test_one_that_is_broken_off_leaves_the_other(tmp_path):
    Dataset.range(3).save(tmp_path)

    def breaks(n):
        if int(n) == 2:
            raise ValueError("broken off")
        return n

    with pytest.raises(ValueError, match="broken off"):
        Dataset.range(5).map(breaks).save(tmp_path)
    assert numbers(Dataset.load(tmp_path)) == [0, 1, 2]


def test_what_cannot_be_saved_or_loaded(tmp_path):
    assert "never ends" in refused(lambda: Dataset.range(3).repeat().save(tmp_path))
    assert "None or 'GZIP'" in refused(lambda: Dataset.range(3).save(tmp_path, "ZIP"))
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(tf.errors.NotFoundError, match="no dataset in this folder"):
        Dataset.load(tmp_path)
    (tmp_path / "dataset_spec.pb").touch()
    assert "was written by TensorFlow" in refused(lambda: Dataset.load(tmp_path))
    Dataset.range(3).save(tmp_path)
    (name, count) = json.loads((tmp_path / "dataset.json").read_text())["shards"][0]
    assert count == 3
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-20])
    assert "cannot be read" in refused(lambda: list(Dataset.load(tmp_path)))


def test_files_are_the_users_to_read_in_any_way(tmp_path):
    Dataset.range(6).save(tmp_path, shard_func=lambda n: n % 2)
    in_turns = Dataset.load(
        tmp_path, reader_func=lambda files: files.interleave(lambda file: file, cycle_length=2)
    )
    assert numbers(in_turns) == [0, 1, 2, 3, 4, 5]
    assert "is no dataset" in refused(lambda: Dataset.load(tmp_path, reader_func=lambda files: 3))
