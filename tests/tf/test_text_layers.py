"""`StringLookup` and `TextVectorization` without TensorFlow; results are in `ragged.py`."""

import warnings

import keras
import numpy as np
import pytest

import glasstape.tf as tf

LOOKUP, VECTORS = tf.keras.layers.StringLookup, tf.keras.layers.TextVectorization


def test_they_take_the_place_of_keras_own():
    assert keras.layers.StringLookup is LOOKUP
    assert tf.keras.layers.experimental.preprocessing.TextVectorization is VECTORS


def test_hashing_comes_back_from_its_config():
    layer = tf.keras.layers.Hashing(7, mask_value="", salt=[1, 2], output_mode="count")
    again = tf.keras.layers.Hashing.from_config(layer.get_config())
    words = [["a", "", "b"], ["c", "a", "a"]]
    assert np.array_equal(again(words), layer(words))
    assert again(words).dtype == layer(words).dtype == tf.float32


@pytest.mark.parametrize("layer", [LOOKUP(max_tokens=9), VECTORS(ngrams=2), VECTORS(split=None)])
def test_a_layer_comes_back_from_its_config(layer):
    layer.adapt(["a b", "b"])
    again = type(layer).from_config(layer.get_config())
    assert again.get_vocabulary() == layer.get_vocabulary()
    assert np.array_equal(again([["a b"]]), layer([["a b"]]))
    assert again.name == layer.name


def test_weights_come_back_too():
    layer = VECTORS(output_mode="tf_idf")
    layer.adapt(["a b", "b"])
    again = VECTORS.from_config(layer.get_config())
    np.testing.assert_allclose(again(["a c"]), layer(["a c"]), rtol=1e-6)


def test_a_vocabulary_from_a_file(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("a\né\n", encoding="utf-8")
    assert LOOKUP(vocabulary=str(path))(["é", "x"]).tolist() == [2, 0]
    with pytest.raises(ValueError, match="a file of them"):
        LOOKUP(vocabulary=str(tmp_path / "none.txt"))


@pytest.mark.parametrize(
    ("use", "told"),
    [
        (lambda: LOOKUP(vocabulary=["a"])(keras.Input((1,), dtype="string")), r"dataset\.map"),
        (lambda: LOOKUP(output_mode="ints"), "output_mode"),
        (lambda: LOOKUP(sparse=True), "sparse False"),
        (lambda: LOOKUP(vocabulary=["a"]).adapt(["a"]), "without a vocabulary"),
        (lambda: LOOKUP(vocabulary=["a", "b", "c"], max_tokens=2), "max_tokens"),
        (lambda: LOOKUP(vocabulary=["a"], output_mode="tf_idf"), "idf_weights"),
        (lambda: LOOKUP(vocabulary=["a", "b", "a"]), "all different"),
        (lambda: VECTORS(split="words"), "split whitespace"),
        (lambda: tf.keras.layers.Hashing(0), "num_bins"),
        (lambda: tf.keras.layers.Hashing(2, salt=[1]), "salt"),
        (lambda: tf.keras.layers.Hashing(2, output_mode="tf_idf"), "output_mode"),
        (lambda: tf.keras.layers.Hashing(2)(keras.Input((1,))), r"dataset\.map"),
        (lambda: VECTORS(standardize="upper"), "standardize lower"),
        (lambda: VECTORS(vocabulary=["a"])([["a", "b"]]), r"\[batch, 1\]"),
    ],
)
def test_what_they_cannot_do(use, told):
    with pytest.raises(ValueError, match=told) as caught:
        use()
    assert __file__ in str(caught.value)


def test_a_step_that_makes_text_of_its_numbers_runs_as_plain_python():
    numbers, words = LOOKUP(vocabulary=["a", "b"]), LOOKUP(vocabulary=["a", "b"], invert=True)
    calls = []

    @tf.function
    def other(text):
        calls.append(text)
        return words(3 - numbers(text))

    with pytest.warns(UserWarning, match="runs as plain Python") as caught:
        assert other(tf.constant(["a"])).numpy().tolist() == [b"b"]
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert other(tf.constant(["b"])).numpy().tolist() == [b"a"]
    assert len(calls) == 3  # the first was traced; the second is not tried again


def test_numbers_of_known_text_are_compiled():
    layer = VECTORS(vocabulary=["a", "b"])

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def step(text):
        return tf.reduce_sum(layer(text))

    assert int(step(tf.constant(["a b", "a"]))) == int(step(["a b", "a"])) == 7
    assert step.experimental_get_tracing_count() == 1
    with pytest.raises(TypeError, match="input_signature"):
        step(tf.constant("a"))


def test_a_pipeline_of_text_trains_a_model():
    layer = VECTORS(output_sequence_length=4)
    texts, labels = ["good film", "bad film", "good", "bad bad"], [1, 0, 1, 0]
    data = tf.data.Dataset.from_tensor_slices((texts, labels)).batch(2)
    layer.adapt(data.map(lambda text, label: text))
    model = tf.keras.Sequential(
        [
            tf.keras.layers.Embedding(layer.vocabulary_size(), 4),
            tf.keras.layers.GlobalAveragePooling1D(),
            tf.keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(tf.keras.optimizers.Adam(0.1), "binary_crossentropy")
    pairs = data.map(lambda text, label: (layer(text), label))
    history = model.fit(pairs, epochs=20, verbose=0).history["loss"]
    assert history[-1] < 0.1 < history[0]


@pytest.mark.parametrize(
    ("mode", "dtype"),
    [("int", "int32"), ("one_hot", "int32"), ("multi_hot", "int32"), ("count", "int32"),
     ("tf_idf", "float32")],
)  # fmt: skip
def test_dtypes_are_tensorflows_with_32_bits(mode, dtype):
    weights = {"idf_weights": [1.0, 2.0]} if mode == "tf_idf" else {}
    assert LOOKUP(vocabulary=["a", "b"], output_mode=mode, **weights)(["a"]).dtype == dtype
