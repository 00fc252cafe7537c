"""What every contestant trains: the same net, initial weights and batches, all made by NumPy."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol

import numpy as np

# Random labels in so many images are not learned by heart while they are timed. If they were, the
# gradients would shrink to denormal numbers, which some libraries flush to zero and some do not.
IMAGES = 4096
GANS = "gans."  # how their names begin: they have a folder of their own


class Net(Protocol):
    """What a module in `nets/` offers."""

    TITLE: str
    INPUT_SHAPE: tuple[int, ...]
    BATCH_SIZES: tuple[int, ...]
    RANDOM: bool  # dropout or the like: losses of two libraries differ

    @staticmethod
    def build(keras: Any) -> Any:
        """The Keras model; ends in a softmax over 10 classes."""
        ...

    @staticmethod
    def build_torch(nn: Any) -> Any:
        """The same layers in the same order as a `torch.nn` module that gives logits."""
        ...


def net_names() -> list[str]:
    """The nets there are, smallest first."""
    from benchmarks import nets

    found = [m.name for m in pkgutil.iter_modules(nets.__path__) if not m.ispkg]
    return sorted(found, key=lambda name: _net(name).ORDER)


def gan_names() -> list[str]:
    """The GANs there are, nets that `benchmarks.gan_program` trains together, smallest first."""
    from benchmarks.nets import gans

    found = [f"{GANS}{m.name}" for m in pkgutil.iter_modules(gans.__path__)]
    return sorted(found, key=lambda name: _net(name).ORDER)


def _net(name: str) -> Any:
    return importlib.import_module(f"benchmarks.nets.{name}")


class Case(NamedTuple):
    """A net and a batch size.

    Attributes:
        net: The net's name, or the GAN's.
        batch_size: How many images, or rows of words.
        most_batches: Draw no more, where only the first steps count.
    """

    net: str
    batch_size: int
    most_batches: int = IMAGES

    @property
    def is_gan(self) -> bool:
        """Whether `benchmarks.gan_program` trains it."""
        return self.net.startswith(GANS)

    @property
    def definition(self) -> Any:
        """The net's module (see `Net`)."""
        return _net(self.net)

    @property
    def title(self) -> str:
        """Readable, such as ``MLP 784-128-10, batch 32``."""
        return f"{self.definition.TITLE}, batch {self.batch_size}"

    def batches(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Images or words and labels int32[batch], the same in every process.

        Images are float32[batch, *shape], words int32[batch, *shape], for a net that has ``WORDS``.
        """
        rng = np.random.default_rng(1)
        shape = (self.batch_size, *self.definition.INPUT_SHAPE)
        words = getattr(self.definition, "WORDS", None)

        def inputs() -> np.ndarray:
            if words is None:
                return rng.random(shape, np.float32)
            return rng.integers(0, words, shape, np.int32)

        count = min(IMAGES // self.batch_size, self.most_batches)
        labels = (self.batch_size,)
        return [(inputs(), rng.integers(0, 10, labels, np.int32)) for _ in range(count)]

    def model(self, keras: Any) -> Any:
        """The Keras model with its initial weights."""
        keras.utils.set_random_seed(0)
        model = self.definition.build(keras)
        draw_weights(model)
        return model


def draw_weights(*models: Any) -> None:
    """Give Keras models initial kernels that are the same on every backend."""
    draw = kernel_drawer()
    for model in models:
        model.set_weights([draw(w.shape) if w.ndim > 1 else w for w in model.get_weights()])


def kernel_drawer() -> Callable[[tuple[int, ...]], np.ndarray]:
    """Draws kernels one after the other by Glorot's rule, shapes as in Keras.

    Glorot & Bengio, *Understanding the difficulty of training deep feedforward neural networks*,
    2010: uniform within ±√(6 / (fan in + fan out)).
    """
    rng = np.random.default_rng(0)

    def draw(shape: tuple[int, ...]) -> np.ndarray:
        receptive = int(np.prod(shape[:-2]))
        limit = np.sqrt(6 / (receptive * (shape[-2] + shape[-1])))
        return rng.uniform(-limit, limit, shape).astype(np.float32)

    return draw


def cases(nets: list[str]) -> Iterator[Case]:
    """Each net with each of its batch sizes."""
    for net in nets:
        for batch_size in _net(net).BATCH_SIZES:
            yield Case(net, batch_size)
