"""A text classifier of one Transformer block.

A. Vaswani and others, "Attention Is All You Need", 2017, arXiv:1706.03762, section 3.
"""

from benchmarks.nets import torch_module

TITLE = "Transformer block"
ORDER = 6
INPUT_SHAPE = (128,)
WORDS = 10_000
BATCH_SIZES = (32,)
RANDOM = True  # dropout
WIDTH, HEADS, INNER, DROPOUT = 128, 4, 512, 0.1


def build(keras):
    layers, ops = keras.layers, keras.ops

    class Embedded(layers.Layer):
        """Words and their places."""

        def __init__(self):
            super().__init__()
            self.words = layers.Embedding(WORDS, WIDTH)
            self.places = layers.Embedding(*INPUT_SHAPE, WIDTH)

        def build(self, shape):
            self.words.build(shape)
            self.places.build(shape)

        def call(self, tokens):
            return self.words(tokens) + self.places(ops.arange(*INPUT_SHAPE))

    inputs = keras.Input(INPUT_SHAPE, dtype="int32")
    x = Embedded()(inputs)
    y = layers.MultiHeadAttention(HEADS, WIDTH // HEADS)(x, x)
    x = layers.LayerNormalization(epsilon=1e-5)(x + layers.Dropout(DROPOUT)(y))
    y = layers.Dense(WIDTH)(layers.Dense(INNER, activation="relu")(x))
    x = layers.LayerNormalization(epsilon=1e-5)(x + layers.Dropout(DROPOUT)(y))
    x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(x))


def build_torch(nn):
    import torch

    words, places = nn.Embedding(WORDS, WIDTH), nn.Embedding(*INPUT_SHAPE, WIDTH)
    attention = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
    norms = nn.ModuleList([nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)])
    inner = nn.Sequential(nn.Linear(WIDTH, INNER), nn.ReLU(), nn.Linear(INNER, WIDTH))
    dropped = nn.Dropout(DROPOUT)
    last = nn.Linear(WIDTH, 10)

    def forward(tokens):
        x = words(tokens) + places(torch.arange(*INPUT_SHAPE, device=tokens.device))
        x = norms[0](x + dropped(attention(x, x, x, need_weights=False)[0]))
        x = norms[1](x + dropped(inner(x)))
        return last(x.mean(1))

    return torch_module(nn, forward, words, places, attention, norms, inner, last)
