"""A small MobileNet: depthwise convolutions, each followed by one of 1x1.

A. Howard and others, "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision
Applications", 2017, arXiv:1704.04861.
"""

TITLE = "MobileNet 64x64"
ORDER = 5
INPUT_SHAPE = (64, 64, 3)
BATCH_SIZES = (16,)
RANDOM = False
FIRST = 32
BLOCKS = ((64, 1), (128, 2), (128, 1), (256, 2))  # width, stride


def build(keras):
    layers = keras.layers

    def normed():
        return [layers.BatchNormalization(epsilon=1e-5, momentum=0.9), layers.ReLU()]

    # Padded as PyTorch does it.
    body = [layers.ZeroPadding2D(), layers.Conv2D(FIRST, 3, 2, use_bias=False), *normed()]
    for filters, stride in BLOCKS:
        depthwise = layers.DepthwiseConv2D(3, stride, use_bias=False)
        body += [layers.ZeroPadding2D(), depthwise, *normed()]
        body += [layers.Conv2D(filters, 1, use_bias=False), *normed()]
    head = [layers.GlobalAveragePooling2D(), layers.Dense(10, activation="softmax")]
    return keras.Sequential([keras.Input(INPUT_SHAPE), *body, *head])


def build_torch(nn):
    def normed(filters):
        return [nn.BatchNorm2d(filters), nn.ReLU()]

    body = [nn.Conv2d(INPUT_SHAPE[-1], FIRST, 3, 2, padding=1, bias=False), *normed(FIRST)]
    seen = FIRST
    for made, stride in BLOCKS:
        depthwise = nn.Conv2d(seen, seen, 3, stride, padding=1, groups=seen, bias=False)
        body += [depthwise, *normed(seen)]
        body += [nn.Conv2d(seen, made, 1, bias=False), *normed(made)]
        seen = made
    return nn.Sequential(*body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(seen, 10))
