"""A bag of words: an embedding, its mean, and a dense layer."""

from benchmarks.nets import torch_module

TITLE = "embedding 20,000 x 64"
ORDER = 9
INPUT_SHAPE = (256,)
WORDS = 20_000
BATCH_SIZES = (32,)
RANDOM = False
WIDTH = 64


def build(keras):
    layers = keras.layers
    body = [layers.Embedding(WORDS, WIDTH), layers.GlobalAveragePooling1D()]
    head = [layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax")]
    return keras.Sequential([keras.Input(INPUT_SHAPE, dtype="int32"), *body, *head])


def build_torch(nn):
    words = nn.Embedding(WORDS, WIDTH)
    last = nn.Sequential(nn.Linear(WIDTH, 64), nn.ReLU(), nn.Linear(64, 10))
    return torch_module(nn, lambda tokens: last(words(tokens).mean(1)), words, last)
