"""An LSTM that reads a picture row by row."""

from benchmarks.nets import torch_module

TITLE = "LSTM 256"
ORDER = 7
INPUT_SHAPE = (28, 28)
BATCH_SIZES = (64,)
RANDOM = False
UNITS = 256


def build(keras):
    layers = keras.layers
    body = [layers.LSTM(UNITS), layers.Dense(10, activation="softmax")]
    return keras.Sequential([keras.Input(INPUT_SHAPE), *body])


def build_torch(nn):
    inner, last = nn.LSTM(INPUT_SHAPE[-1], UNITS, batch_first=True), nn.Linear(UNITS, 10)
    return torch_module(nn, lambda x: last(inner(x)[0][:, -1]), inner, last)
