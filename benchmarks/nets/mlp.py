"""Two dense layers: next to no arithmetic, so what counts is the cost of a call."""

TITLE = "MLP 784-128-10"
ORDER = 1
INPUT_SHAPE = (784,)
BATCH_SIZES = (32,)
RANDOM = False


def build(keras):
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input(INPUT_SHAPE),
            layers.Dense(128, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


def build_torch(nn):
    return nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
