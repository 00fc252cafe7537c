"""What tables say; the values they give are in `ragged.py`."""

import jax
import pytest

import glasstape.tf as tf
from glasstape.errors import TensorTypeError

WORDS = tf.lookup.KeyValueTensorInitializer(["cat", "dog"], [3, 5])
NAMES = tf.lookup.KeyValueTensorInitializer([3, 5], ["cat", "dog"])
LINE = tf.lookup.TextFileIndex


def file_of(tmp_path, index, dtype):
    path = tmp_path / "words.txt"
    path.write_text("a\t5\n", encoding="utf-8")
    return tf.lookup.TextFileInitializer(path, dtype, index, tf.int64, LINE.LINE_NUMBER)


@pytest.mark.parametrize(
    ("use", "told"),
    [
        (lambda _: tf.lookup.StaticHashTable(WORDS, -1).lookup(tf.constant([3])), "tf.string"),
        (lambda _: tf.lookup.StaticHashTable(NAMES, "").lookup(tf.constant(["a"])), "tf.int32"),
        (lambda _: tf.lookup.KeyValueTensorInitializer(["a"], [1, 2]), "a value for each key"),
        (
            lambda _: tf.lookup.StaticHashTable(
                tf.lookup.KeyValueTensorInitializer(["a", "a"], [1, 2]), 0
            ),
            "several for b'a'",
        ),
        (lambda _: tf.lookup.StaticVocabularyTable(WORDS, 0), "StaticHashTable for none"),
        (lambda _: tf.lookup.StaticVocabularyTable(NAMES, 1), "value_dtype=tf.int64"),
        (lambda path: file_of(path, 2, tf.string), "3 columns in each line"),
        (lambda path: file_of(path, 0, tf.int64), "numbers of dtype int"),
        (lambda path: file_of(path, LINE.LINE_NUMBER, tf.string), "tf.int64, or"),
    ],
)
def test_what_they_cannot_do(tmp_path, use, told):
    with pytest.raises(TensorTypeError, match=told) as caught:
        use(tmp_path)
    assert __file__ in str(caught.value)


def test_a_step_looks_up_its_own_numbers():
    table = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer([20, 10], [2.5, 1.5]), default_value=0.0
    )
    step = tf.function(lambda x: table.lookup(x + 1) * 2.0)
    assert step(tf.constant([9, 19, 0])).tolist() == [3.0, 5.0, 0.0]
    assert step.experimental_get_tracing_count() == 1


def test_text_for_a_steps_own_numbers_runs_as_python():
    table = tf.lookup.StaticHashTable(NAMES, "?")
    with pytest.warns(UserWarning, match=r"(?s)values for a step's own numbers are text"):
        found = tf.function(lambda x: table.lookup(x + 1))(tf.constant([2, 3]))
    assert found.numpy().tolist() == [b"cat", b"?"]


def test_keys_of_64_bits():
    with jax.enable_x64(True):
        keys = tf.constant([2**40, 1], tf.int64)
        table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(keys, keys), -1)
        assert table.lookup(keys + 0).tolist() == [2**40, 1]
        assert table.lookup(keys + 1).tolist() == [-1, -1]


def test_a_table_without_keys():
    none = tf.lookup.KeyValueTensorInitializer([], [], tf.int32, tf.float32)
    table = tf.lookup.StaticHashTable(none, 0.5)
    assert table.lookup(tf.constant([1, 2])).tolist() == [0.5, 0.5]
    assert int(table.size()) == 0
