"""The net a TensorFlow course starts with: one convolution and one very large dense layer."""

TITLE = "chapter CNN"
ORDER = 2
INPUT_SHAPE = (28, 28, 1)
BATCH_SIZES = (32, 256)
RANDOM = False


def build(keras):
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input(INPUT_SHAPE),
            layers.Conv2D(32, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


def build_torch(nn):
    return nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(32 * 26 * 26, 128),
        nn.ReLU(),
        nn.Linear(128, 10),
    )
