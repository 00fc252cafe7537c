"""Two blocks of two convolutions with batch norm: arithmetic, and state that is not trained."""

TITLE = "deep CNN"
ORDER = 3
INPUT_SHAPE = (28, 28, 1)
BATCH_SIZES = (64,)
RANDOM = True
FILTERS = (32, 64)


def build(keras):
    layers = keras.layers
    body = []
    for filters in FILTERS:
        for _ in range(2):
            body += [
                layers.Conv2D(filters, 3, padding="same", use_bias=False),
                layers.BatchNormalization(),
                layers.ReLU(),
            ]
        body += [layers.MaxPooling2D()]
    head = [layers.Flatten(), layers.Dropout(0.5), layers.Dense(10, activation="softmax")]
    return keras.Sequential([keras.Input(INPUT_SHAPE), *body, *head])


def build_torch(nn):
    body, channels = [], 1
    for filters in FILTERS:
        for _ in range(2):
            body += [
                nn.Conv2d(channels, filters, 3, padding="same", bias=False),
                nn.BatchNorm2d(filters, eps=1e-3, momentum=0.01),  # Keras' settings
                nn.ReLU(),
            ]
            channels = filters
        body += [nn.MaxPool2d(2)]
    return nn.Sequential(*body, nn.Flatten(), nn.Dropout(0.5), nn.Linear(channels * 7 * 7, 10))
