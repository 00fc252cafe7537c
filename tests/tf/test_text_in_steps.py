"""Text and Python functions in compiled steps; texts as TensorFlow 2.21 writes them."""

from __future__ import annotations

import numpy as np
import pytest

import glasstape.tf as tf


@tf.function
def _doubled(a):
    tf.print("in", a)
    tf.print(a)
    return a + a


def test_text_chooses_the_program_and_comes_back(capsys):
    assert _doubled(tf.constant("a")).numpy() == b"aa"
    assert _doubled(tf.constant("a")).numpy() == b"aa"
    assert _doubled(tf.constant(["b", "c"])).numpy().tolist() == [b"bb", b"cc"]
    assert _doubled.experimental_get_tracing_count() == 2
    once = 'in "a"\na\n'
    assert capsys.readouterr().err == once + once + 'in ["b" "c"]\n["b" "c"]\n'


def test_text_beside_tensors_in_a_result():
    @tf.function
    def step(text, x):
        return {"text": text, "x": x + 1.0}

    found = step(tf.constant("a"), tf.constant(1.0))
    assert found["text"].numpy() == b"a"
    assert float(found["x"]) == 2.0


def test_a_concrete_function_of_text():
    concrete = tf.function(lambda a: a + a).get_concrete_function(tf.constant("a"))
    assert concrete(tf.constant("a")).numpy() == b"aa"
    with pytest.raises(TypeError, match=r"(?s)Expected: b'a'.*Received: b'b'"):
        concrete(tf.constant("b"))


def test_text_that_is_not_known_is_refused():
    step = tf.function(lambda a: a + a)
    with pytest.raises(TypeError, match="pass the text itself") as caught:
        step.get_concrete_function(tf.TensorSpec([], tf.string))
    assert __file__ in str(caught.value)


def test_print_of_text(capsys):
    tf.print("x", tf.constant("a"), tf.constant(["a", "b"]), tf.constant([["a"], ["é"]]))
    tf.print(tf.constant("a"))
    assert capsys.readouterr().err == 'x "a" ["a" "b"] [["a"]\n ["é"]]\na\n'
    assert str(tf.constant(["a", "b"])) == "tf.Tensor([b'a' b'b'], shape=(2,), dtype=string)"


def test_gather_of_text():
    letters = tf.constant(list("abc"))
    assert tf.gather(letters, [2, 0]).numpy().tolist() == [b"c", b"a"]


def test_numpy_function_as_a_decorator():
    @tf.numpy_function(Tout=[tf.float32, tf.int32])
    def parts(a):
        """Two of them."""
        assert isinstance(a, np.generic | np.ndarray)
        return a.astype("float32") * 2, a.astype("int32")

    double, whole = parts(tf.constant(2.5))
    assert float(double) == 5.0
    assert int(whole) == 2
    assert parts.__doc__ == "Two of them."


def test_text_goes_through_python_functions():
    def encode(word, n):
        return list(word.numpy())[: int(n)], word.numpy().upper()

    def mapped(word, n):
        codes, upper = tf.py_function(encode, [word, n], [tf.int64, tf.string])
        codes.set_shape([None])
        return codes, upper

    dataset = tf.data.Dataset.from_tensor_slices((["ab", "cde"], [2, 1])).map(mapped)
    assert [(c.tolist(), u.numpy()) for c, u in dataset] == [([97, 98], b"AB"), ([99], b"CDE")]
    shout = tf.numpy_function(lambda word: word.decode() + "!", ["hi"], tf.string)
    assert shout.numpy() == b"hi!"


def test_text_for_a_python_function_belongs_to_the_trace():
    @tf.function
    def step(word, times):
        spec = tf.TensorSpec([], tf.float32)
        return tf.py_function(lambda w, n: len(w.numpy()) * n, [word, times], spec) + 1.0

    numbers = [float(step(tf.constant(w), tf.constant(2.0))) for w in ("abc", "a", "abc")]
    assert numbers == [7.0, 3.0, 7.0]
    assert step.experimental_get_tracing_count() == 2


def test_py_function_as_a_decorator():
    calls = []

    @tf.py_function(Tout=tf.TensorSpec([], tf.float32))
    def plus(x, y):
        calls.append(float(x))
        return x + y

    @tf.function
    def step(x, y):
        return plus(x, y) * 2.0

    assert [float(step(tf.constant(x), tf.constant(2.0))) for x in (1.0, 3.0)] == [6.0, 10.0]
    assert calls == [1.0, 3.0]
    assert step.experimental_get_tracing_count() == 1


def test_a_loop_over_a_range_with_limits_of_the_program(capsys):
    @tf.function
    def fizz(n):
        for i in tf.range(1, n + 1):
            if i % 3 == 0:
                tf.print("fizz")
            else:
                tf.print(i)

    fizz(tf.constant(3))
    fizz(tf.constant(4))
    assert capsys.readouterr().err == "1\n2\nfizz\n1\n2\nfizz\n4\n"
    assert fizz.experimental_get_tracing_count() == 1


def test_a_range_counts_down_and_has_its_dtype():
    @tf.function
    def total(start, delta):
        numbers = 0.0
        for i in tf.range(start, -2, delta, dtype=tf.int32):
            if i == 0:
                break
            numbers += tf.cast(i, tf.float32)
        return numbers

    assert float(total(tf.constant(5), tf.constant(-2))) == 5 + 3 + 1 - 1
    assert float(total(tf.constant(4), tf.constant(-2))) == 4 + 2


def test_characters_and_their_codes():
    duck = tf.constant("アヒル 🦆")
    codes = tf.strings.unicode_decode(duck, "UTF-8")
    assert codes.tolist() == [12450, 12498, 12523, 32, 129414]
    assert codes.dtype == tf.int32
    characters = tf.strings.unicode_split(duck, "UTF-8").numpy()
    assert characters.tolist() == [c.encode() for c in "アヒル 🦆"]
    assert tf.strings.unicode_encode(codes, "UTF-8").numpy() == duck.numpy()
    assert tf.strings.bytes_split(tf.constant("Duck")).numpy().tolist() == [b"D", b"u", b"c", b"k"]


@pytest.mark.parametrize(("errors", "codes"), [("replace", [97, 65533, 98]), ("ignore", [97, 98])])
def test_bytes_that_are_no_characters(errors, codes):
    assert tf.strings.unicode_decode(b"a\xffb", "UTF-8", errors=errors).tolist() == codes
    with pytest.raises(tf.errors.InvalidArgumentError, match="UTF-8"):
        tf.strings.unicode_decode(b"a\xffb", "UTF-8", errors="strict")


def test_codes_that_are_no_characters():
    rows = [[72, 0x110000], [105, 33]]
    found = tf.strings.unicode_encode(rows, "UTF-8", replacement_char=63).numpy()
    assert found.tolist() == [b"H?", b"i!"]
    with pytest.raises(tf.errors.InvalidArgumentError, match="codes of characters"):
        tf.strings.unicode_encode(rows, "UTF-8", errors="strict")


def test_a_concrete_function_says_what_there_is_for_its_graph():
    concrete = tf.function(lambda x: x + 1).get_concrete_function(tf.TensorSpec([]))
    with pytest.raises(AttributeError, match=r"fn\.program") as caught:
        _ = concrete.graph
    assert __file__ in str(caught.value)
