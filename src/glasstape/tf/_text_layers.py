"""`StringLookup`, `TextVectorization` and `Hashing` without TensorFlow, which Keras' own need."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np

from glasstape.tf import _text, strings
from glasstape.tf._convert import as_tensor
from glasstape.tf._hashing import buckets
from glasstape.tf._ragged import RaggedTensor
from glasstape.tf._vocabulary import Vocabulary, refusal, words_of

_MODES = {"int", "one_hot", "multi_hot", "count", "tf_idf"}
_OLD_MODES = {"binary": "multi_hot", "tf-idf": "tf_idf"}
_DROPPED = np.iinfo(np.int64).max  # the number of what does not count
_PUNCTUATION = r"[!\"#$%&()\*\+,-\./:;<=>?@\[\\\]^_`{|}~\']"
_PACKAGE = "glasstape.tf"


def install() -> None:
    """Put these in the place of Keras' own, which ask for TensorFlow."""
    layers: Any = keras.layers
    layers.StringLookup, layers.TextVectorization = StringLookup, TextVectorization
    layers.Hashing = Hashing


class _TextLayer(keras.layers.Layer):
    """What all have in common: they are called with text, which Keras knows nothing of."""

    def __call__(self, inputs: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The words' numbers, or the numbers' words."""
        if isinstance(inputs, keras.KerasTensor):
            fix = "call it in the dataset: dataset.map(lambda x, y: (layer(x), y))"
            raise refusal("text; JAX has no text in models", "an input of a model", fix)
        return self.call(inputs)


class _LearningLayer(_TextLayer):
    """What those with a vocabulary have in common."""

    def adapt(self, data: Any, batch_size: int | None = None, steps: int | None = None) -> None:
        """Learn the vocabulary: the most frequent words of `data`.

        Args:
            data: Text, or a dataset or other iterable of batches of it.
            batch_size: Accepted for Keras' sake; unused.
            steps: How many batches; all when None.
        """
        del batch_size
        self.reset_state()
        for number, batch in enumerate(_batches(data)):
            if steps is not None and number >= steps:
                break
            self.update_state(batch)
        self.finalize_state()


@keras.saving.register_keras_serializable(_PACKAGE)
class StringLookup(_LearningLayer):
    """Numbers for words, or words for numbers, as ``tf.keras.layers.StringLookup``.

    Args:
        max_tokens: The most words; any number when None.
        num_oov_indices: How many numbers words that are not known share, by their fingerprints;
            0 to refuse them.
        mask_token: The word for padding; it has number 0.
        oov_token: The word for those that are not known.
        vocabulary: The words, or a file with one a line; None to learn them with `adapt`.
        idf_weights: The weight of each, for ``tf_idf``.
        invert: Give words for numbers.
        output_mode: ``int``, ``one_hot``, ``multi_hot``, ``count`` or ``tf_idf``.
        pad_to_max_tokens: Vectors have the length `max_tokens`.
        sparse: False.
        encoding: Accepted for Keras' sake; text is bytes here.
        name: The layer's.
        **kwargs: Keras'.

    Example:
        >>> import glasstape.tf as tf
        >>> layer = tf.keras.layers.StringLookup(vocabulary=["a", "b"])
        >>> layer(["b", "c", "a"]).tolist(), layer.get_vocabulary()
        ([2, 0, 1], ['[UNK]', 'a', 'b'])
    """

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: Any = None,
        oov_token: Any = "[UNK]",
        vocabulary: Any = None,
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        pad_to_max_tokens: bool = False,
        sparse: bool = False,
        encoding: str = "utf-8",
        name: str | None = None,
        **kwargs: Any,
    ):
        kwargs = {k: v for k, v in kwargs.items() if k in ("trainable", "dtype")}
        super().__init__(name=name, **kwargs)
        mode = _OLD_MODES.get(output_mode, output_mode)
        if mode not in _MODES or (invert and mode != "int"):
            raise refusal(f"output_mode {', '.join(sorted(_MODES))}; int with invert", output_mode)
        if sparse:
            raise refusal("sparse False", "sparse=True", "leave it out")
        self.invert, self.output_mode, self.max_tokens = invert, mode, max_tokens
        self._pad = pad_to_max_tokens
        self._known = Vocabulary(
            mask_token, oov_token, num_oov_indices, max_tokens, mask_in_front=mode == "int"
        )
        self._given = vocabulary is not None
        self._arguments = {
            "max_tokens": max_tokens, "num_oov_indices": num_oov_indices, "mask_token": mask_token,
            "oov_token": oov_token, "invert": invert, "output_mode": mode,
            "pad_to_max_tokens": pad_to_max_tokens, "encoding": encoding,
        }  # fmt: skip
        if vocabulary is not None:
            self.set_vocabulary(vocabulary, idf_weights)

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Take these words; those that stand for others may be at their front."""
        if self.output_mode == "tf_idf" and idf_weights is None:
            raise refusal("idf_weights, for output_mode tf_idf", None, "pass a weight a word")
        self._known.put(words_of(vocabulary), idf_weights)

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[str]:
        """The words in the order of their numbers."""
        front = self._known.front if include_special_tokens else []
        return [word.decode(errors="replace") for word in (*front, *self._known.words)]

    def vocabulary_size(self) -> int:
        """How many numbers there are."""
        return len(self._known)

    def reset_state(self) -> None:
        """Forget what `update_state` has counted."""
        self._known.forget()

    def update_state(self, data: Any) -> None:
        """Count the words of a batch."""
        if self._given:
            raise refusal("a layer without a vocabulary", "one that has it", "leave out adapt")
        self._known.count(_texts(data))

    def finalize_state(self) -> None:
        """Make what was counted the vocabulary."""
        self._known.learn()

    def call(self, inputs: Any) -> Any:
        """See `__call__`."""
        if isinstance(inputs, RaggedTensor):
            if self.output_mode != "int":
                return self._vectors([self._numbers(row) for row in _texts(inputs)])
            return RaggedTensor(self.call(inputs.values), inputs.row_splits)
        if self.invert:
            return self._known.text(_text.known_numbers(as_tensor(inputs), "words"))
        numbers = self._numbers(_text.as_strings(inputs))
        if self.output_mode == "int":
            return as_tensor(numbers)
        if self.output_mode == "one_hot":
            one = numbers.ndim > 1 and numbers.shape[-1] == 1
            numbers = numbers[..., 0] if one else numbers
            return as_tensor((numbers[..., None] == np.arange(self._depth())).astype(np.int64))
        vectors = self._vectors(np.atleast_2d(numbers))
        return vectors if numbers.ndim > 1 else vectors[0]

    def _numbers(self, texts: Any) -> np.ndarray:
        return self._known.numbers(texts, 0 if self.output_mode == "int" else _DROPPED)

    def _depth(self) -> int:
        return self.max_tokens if self._pad and self.max_tokens else len(self._known)

    def _vectors(self, rows: Any) -> Any:
        """A vector a row: which words there are in it, how often, or how much each weighs."""
        found = np.zeros((len(rows), self._depth()), np.int64)
        for vector, row in zip(found, rows, strict=True):
            np.add.at(vector, row[row != _DROPPED], 1)
        if self.output_mode == "multi_hot":
            found = np.minimum(found, 1)
        if self.output_mode == "tf_idf":
            found = found.astype(np.float32)
            if (weights := self._known.weights) is not None:
                found[:, : len(weights)] *= weights
        return as_tensor(found)

    def get_config(self) -> dict[str, Any]:
        """What makes the layer anew, with its words."""
        weights = self._known.weights if self.output_mode == "tf_idf" else None
        return {
            "name": self.name,
            **self._arguments,
            "vocabulary": self.get_vocabulary() if self._known.words else None,
            "idf_weights": None if weights is None else weights.tolist(),
        }


@keras.saving.register_keras_serializable(_PACKAGE)
class TextVectorization(_LearningLayer):
    """Numbers for the words of texts, as ``tf.keras.layers.TextVectorization``.

    Args:
        max_tokens: The most words; any number when None.
        standardize: ``lower_and_strip_punctuation``, ``lower``, ``strip_punctuation``, None or a
            function of text.
        split: ``whitespace``, ``character``, None or a function of text that gives its parts.
        ngrams: Words put together by so many, and by fewer; or a tuple of numbers.
        output_mode: As of `StringLookup`.
        output_sequence_length: Texts are cut off or filled up with 0.
        pad_to_max_tokens: As of `StringLookup`.
        vocabulary: Likewise.
        idf_weights: Likewise.
        sparse: False.
        ragged: Give a `tf.RaggedTensor` in place of texts filled up with 0.
        encoding: Accepted for Keras' sake.
        name: The layer's.
        **kwargs: Keras'.

    Example:
        >>> import glasstape.tf as tf
        >>> layer = tf.keras.layers.TextVectorization()
        >>> layer.adapt(["a dog", "A cat."])
        >>> layer(["the dog", "cat"]).tolist(), layer.get_vocabulary()
        ([[1, 3], [4, 0]], ['', '[UNK]', 'a', 'dog', 'cat'])
    """

    def __init__(
        self,
        max_tokens: int | None = None,
        standardize: Any = "lower_and_strip_punctuation",
        split: Any = "whitespace",
        ngrams: Any = None,
        output_mode: str = "int",
        output_sequence_length: int | None = None,
        pad_to_max_tokens: bool = False,
        vocabulary: Any = None,
        idf_weights: Any = None,
        sparse: bool = False,
        ragged: bool = False,
        encoding: str = "utf-8",
        name: str | None = None,
        **kwargs: Any,
    ):
        kwargs = {k: v for k, v in kwargs.items() if k in ("trainable", "dtype")}
        super().__init__(name=name, **kwargs)
        self._standardize, self._split, self._ragged = standardize, split, ragged
        self._length = output_sequence_length
        self._widths = tuple(range(1, ngrams + 1)) if isinstance(ngrams, int) else ngrams
        if isinstance(standardize, str) and standardize not in _STANDARDS:
            raise refusal(f"standardize {', '.join(_STANDARDS)}, None or a function", standardize)
        if isinstance(split, str) and split not in _SPLITS:
            raise refusal(f"split {', '.join(_SPLITS)}, None or a function", split)
        self._lookup = StringLookup(
            max_tokens, mask_token="", vocabulary=vocabulary, idf_weights=idf_weights,
            output_mode=output_mode, pad_to_max_tokens=pad_to_max_tokens, sparse=sparse,
        )  # fmt: skip
        self._arguments = {
            "max_tokens": max_tokens, "standardize": standardize, "split": split, "ngrams": ngrams,
            "output_mode": output_mode, "output_sequence_length": output_sequence_length,
            "pad_to_max_tokens": pad_to_max_tokens, "ragged": ragged, "encoding": encoding,
        }  # fmt: skip
        lookup = self._lookup
        self.set_vocabulary, self.get_vocabulary = lookup.set_vocabulary, lookup.get_vocabulary
        self.vocabulary_size = lookup.vocabulary_size
        self.reset_state, self.finalize_state = lookup.reset_state, lookup.finalize_state

    def update_state(self, data: Any) -> None:
        """Count the words of a batch of texts."""
        self._lookup.update_state(self._words(data))

    def call(self, inputs: Any) -> Any:
        """See `__call__`."""
        numbers = self._lookup.call(self._words(inputs))
        if self._lookup.output_mode != "int" or self._ragged:
            return numbers
        if isinstance(numbers, RaggedTensor):
            return numbers.to_tensor(shape=[*numbers.shape[:-1], self._length])
        if self._length is None:
            return numbers
        row = np.asarray(numbers)[..., : self._length]
        missing = self._length - row.shape[-1]
        return as_tensor(np.pad(row, [*[(0, 0)] * (row.ndim - 1), (0, missing)]))

    def _words(self, inputs: Any) -> Any:
        texts: Any = _text.as_strings(inputs)
        if self._standardize is not None:
            standardize: Any = _STANDARDS.get(self._standardize, self._standardize)
            texts = standardize(texts)
        if self._split is not None:
            if texts.ndim > 1 and texts.shape[-1] != 1:
                raise refusal("texts of shape [batch] or [batch, 1]", f"shape {texts.shape}")
            texts = texts[..., 0] if texts.ndim > 1 else texts
            divide: Any = _SPLITS.get(self._split, self._split)
            texts = divide(texts)
        return texts if self._widths is None else strings.ngrams(texts, self._widths)

    def get_config(self) -> dict[str, Any]:
        """What makes the layer anew, with its words."""
        known = self._lookup.get_config()
        words = {key: known[key] for key in ("vocabulary", "idf_weights")}
        return {"name": self.name, **self._arguments, **words}


@keras.saving.register_keras_serializable(_PACKAGE)
class Hashing(_TextLayer):
    """A number below `num_bins` for each word or whole number, as ``tf.keras.layers.Hashing``.

    Args:
        num_bins: How many numbers there are.
        mask_value: The word or number that gets 0, and no other; None for none.
        salt: One or two whole numbers, for SipHash in place of FarmHash's fingerprints.
        output_mode: ``int``, ``one_hot``, ``multi_hot`` or ``count``.
        sparse: False.
        **kwargs: Keras'.

    Example:
        >>> import glasstape.tf as tf
        >>> tf.keras.layers.Hashing(3)([["A"], ["B"], ["A"]]).tolist()
        [[1], [0], [1]]
    """

    def __init__(
        self,
        num_bins: int,
        mask_value: Any = None,
        salt: Any = None,
        output_mode: str = "int",
        sparse: bool = False,
        **kwargs: Any,
    ):
        kwargs["dtype"] = kwargs.get("dtype") or ("int64" if output_mode == "int" else None)
        super().__init__(**kwargs)
        if num_bins is None or num_bins < 1:
            raise refusal("num_bins of 1 or more", num_bins)
        if output_mode not in _MODES - {"tf_idf"}:
            raise refusal("output_mode int, one_hot, multi_hot or count", output_mode)
        if sparse:
            raise refusal("sparse False", "sparse=True", "leave it out")
        self._key = [salt, salt] if isinstance(salt, int) else salt
        if not (self._key is None or (isinstance(self._key, list | tuple) and len(self._key) == 2)):
            raise refusal("a salt of one or two whole numbers", salt)
        self.num_bins, self.mask_value, self.output_mode = num_bins, mask_value, output_mode

    def call(self, inputs: Any) -> Any:
        """See `__call__`."""
        if isinstance(inputs, RaggedTensor):
            return RaggedTensor(self.call(inputs.values), inputs.row_splits)
        texts = _text.as_strings(inputs) if _text.is_text(inputs) else _written(inputs)
        masks = self.mask_value is not None and self.num_bins > 1
        numbers = buckets(texts, self.num_bins - masks, self._key)
        if masks:
            mask = self.mask_value if _text.is_text(self.mask_value) else str(self.mask_value)
            numbers = np.where(np.asarray(texts) == _text.as_bytes(mask), 0, numbers + 1)
        if self.output_mode == "int":
            return as_tensor(numbers.astype(self.dtype))
        single = numbers.ndim > 1 and numbers.shape[-1] == 1 and self.output_mode == "one_hot"
        vectors = (numbers[..., 0] if single else numbers)[..., None] == np.arange(self.num_bins)
        if self.output_mode != "one_hot" and numbers.ndim:
            vectors = np.sum(vectors, -2) if self.output_mode == "count" else np.any(vectors, -2)
        return as_tensor(vectors.astype(self.dtype))

    def get_config(self) -> dict[str, Any]:
        """What makes the layer anew."""
        return {
            "name": self.name, "dtype": self.dtype, "num_bins": self.num_bins, "salt": self._key,
            "mask_value": self.mask_value, "output_mode": self.output_mode,
        }  # fmt: skip


def _written(numbers: Any) -> Any:
    """Whole numbers as text; floats are cut off."""
    array = np.asarray(_text.known_numbers(as_tensor(numbers), "numbers' texts"))
    return strings.as_string(array.astype(np.int64))


_STANDARDS: dict[Any, Callable[[Any], Any]] = {
    "lower_and_strip_punctuation": lambda texts: _without_punctuation(strings.lower(texts)),
    "lower": strings.lower,
    "strip_punctuation": lambda texts: _without_punctuation(texts),
}
_SPLITS: dict[Any, Callable[[Any], Any]] = {
    "whitespace": strings.split,
    "character": lambda texts: strings.unicode_split(texts, "UTF-8"),
}


def _without_punctuation(texts: Any) -> Any:
    return strings.regex_replace(texts, _PUNCTUATION, "")


def _texts(data: Any) -> Iterator[list[bytes]]:
    """The words of each text; those of a vector are one text."""
    if isinstance(data, RaggedTensor):
        return iter(data.to_list())
    array = np.asarray(_text.as_strings(data))
    return iter(array.reshape(-1, array.shape[-1] if array.ndim else 1).tolist())


def _batches(data: Any) -> Iterator[Any]:
    if isinstance(data, RaggedTensor) or _text.is_text(data):
        texts = data if isinstance(data, RaggedTensor) else _text.as_strings(data)
        one = not isinstance(texts, RaggedTensor) and texts.ndim == 1
        return iter([texts[:, None] if one else texts])
    return iter(data)
