"""A wide GRU over longer sequences."""

from benchmarks.nets import torch_module

TITLE = "GRU 512"
ORDER = 8
INPUT_SHAPE = (64, 128)
BATCH_SIZES = (32,)
RANDOM = False
UNITS = 512


def build(keras):
    layers = keras.layers
    body = [layers.GRU(UNITS), layers.Dense(10, activation="softmax")]
    return keras.Sequential([keras.Input(INPUT_SHAPE), *body])


def build_torch(nn):
    inner, last = nn.GRU(INPUT_SHAPE[-1], UNITS, batch_first=True), nn.Linear(UNITS, 10)
    return torch_module(nn, lambda x: last(inner(x)[0][:, -1]), inner, last)
