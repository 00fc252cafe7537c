"""Words and their numbers: what `StringLookup` and `TextVectorization` know."""

from __future__ import annotations

import collections
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from glasstape import sources
from glasstape.errors import TensorTypeError
from glasstape.tf import _text
from glasstape.tf._hashing import fingerprint


class Vocabulary:
    """Words in the order of their numbers, after those that stand for others.

    Args:
        mask: The word for padding, number 0 where it is at the front; None for none.
        unknown: The word for all that are not known.
        count: How many numbers these share; 0 to refuse them.
        limit: The most words, with both of these; None for any number.
        mask_in_front: Whether `mask` has a number.

    Attributes:
        mask: Likewise.
        front: The words at the front that stand for others.
        words: The others.
        weights: The inverse frequency of each word, those at the front included; None until asked.
    """

    def __init__(self, mask: Any, unknown: Any, count: int, limit: int | None, mask_in_front: bool):
        self.mask = None if mask is None else _text.as_bytes(mask)
        self.front = [self.mask] if self.mask is not None and mask_in_front else []
        self._first_unknown, self._unknowns = len(self.front), count
        self.front += [_text.as_bytes(unknown)] * count
        self._limit = limit
        self.weights: np.ndarray | None = None
        self.put([])
        self.forget()

    def put(self, words: Sequence[bytes], weights: Any = None) -> None:
        """Take these words for the vocabulary; those at the front may be among them."""
        count = len(self.front)
        given = list(words)
        self.words = given[count:] if given[:count] == self.front else given
        self._numbers = {word: count + i for i, word in enumerate(self.words)}
        wrong = set(self.words) & {*self.front, self.mask}
        if len(self._numbers) < len(self.words) or wrong:
            seen = collections.Counter(self.words)
            repeated = {word for word, times in seen.items() if times > 1} | wrong
            raise refusal("words that are all different", sorted(map(_told, repeated)))
        if self._limit is not None and len(self) > self._limit:
            raise refusal(f"at most {self._limit} words, max_tokens", f"{len(self)} words")
        self._array = np.empty(len(self), object)
        self._array[:] = [*self.front, *self.words]
        if weights is not None:
            self.weights = self._with_front(np.asarray(weights, np.float32), len(given))

    def _with_front(self, weights: np.ndarray, count: int) -> np.ndarray:
        """Weights for the words at the front, too: the mean."""
        if len(weights) != count:
            raise refusal(f"a weight for each of {count} words", f"{len(weights)} weights")
        missing = len(self) - len(weights)
        return np.concatenate([np.full(missing, weights.mean(), np.float32), weights])

    def __len__(self) -> int:
        return len(self.front) + len(self.words)

    # ----- learning it -----

    def forget(self) -> None:
        """Begin to count anew."""
        self._seen: collections.Counter[bytes] = collections.Counter()
        self._in_texts: collections.Counter[bytes] = collections.Counter()
        self._texts = 0

    def count(self, texts: Iterable[Sequence[bytes]]) -> None:
        """Count the words of texts."""
        for words in texts:
            self._seen.update(words)
            self._in_texts.update(set(words))
            self._texts += 1

    def learn(self) -> None:
        """The most frequent words are the vocabulary; of equally frequent ones the last first."""
        for word in (*self.front, *([] if self.mask is None else [self.mask])):
            self._seen.pop(word, None)
        if not self._seen:
            return
        ordered = sorted(self._seen, key=lambda word: (self._seen[word], word), reverse=True)
        chosen = ordered[: None if self._limit is None else self._limit - len(self.front)]
        times = np.array([self._in_texts[word] for word in chosen])
        self.put(chosen, np.log(1 + self._texts / (1 + times)))
        self.forget()

    # ----- using it -----

    def numbers(self, texts: Any, mask_number: int) -> np.ndarray:
        """The number of each word of an array."""
        array = np.asarray(texts)
        found = [self._number(word) for word in array.reshape(-1).tolist()]
        if self.mask is not None:
            flat = array.reshape(-1)
            found = [mask_number if w == self.mask else n for w, n in zip(flat, found, strict=True)]
        if any(number is None for number in found):
            strange = [w for w, n in zip(array.reshape(-1), found, strict=True) if n is None]
            raise refusal(
                "words of the vocabulary, since num_oov_indices is 0", list(map(_told, strange[:5]))
            )
        return np.array(found, np.int64).reshape(array.shape)

    def _number(self, word: bytes) -> int | None:
        known = self._numbers.get(word)
        if known is not None or not self._unknowns:
            return known
        place = fingerprint(word) % self._unknowns if self._unknowns > 1 else 0
        return self._first_unknown + place

    def text(self, numbers: Any) -> _text.Strings:
        """The word of each number of an array."""
        array = np.asarray(numbers)
        known = (array >= 0) & (array < len(self._array))
        unknown = self.front[-1] if self._unknowns else b""
        found = np.full(array.shape, unknown, object)
        found[known] = self._array[array[known]]
        return _text.as_strings(found)


def words_of(vocabulary: Any) -> list[bytes]:
    """The words of a list, an array or a file with one a line."""
    if isinstance(vocabulary, str | Path):
        path = Path(vocabulary)
        if not path.is_file():
            raise refusal("a list of words, or a file of them", vocabulary)
        return [line.encode() for line in path.read_text(encoding="utf-8").splitlines()]
    return np.asarray(_text.as_strings(vocabulary)).reshape(-1).tolist()


def refusal(
    expected: str, received: Any, fix: str = "see the documentation of keras.layers"
) -> TensorTypeError:
    """The error of a layer for text."""
    return TensorTypeError(
        "A layer for text cannot use this.",
        expected=expected,
        received=str(received)[:200],
        fix=fix,
        where=sources.user_source(),
    )


def _told(word: bytes) -> str:
    return word.decode(errors="replace")
