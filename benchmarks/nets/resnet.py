"""A small ResNet: convolutions with strides, batch norm and sums, as for pictures of 32x32.

K. He, X. Zhang, S. Ren, J. Sun, "Deep Residual Learning for Image Recognition", 2015,
arXiv:1512.03385, with one block of each width.
"""

from benchmarks.nets import torch_module

TITLE = "ResNet 32x32"
ORDER = 4
INPUT_SHAPE = (32, 32, 3)
BATCH_SIZES = (32,)
RANDOM = False
FILTERS = (32, 64, 128)


def build(keras):
    layers = keras.layers

    def convolved(x, filters, size, stride=1):
        x = layers.ZeroPadding2D()(x) if size > 1 else x  # as PyTorch pads
        x = layers.Conv2D(filters, size, stride, use_bias=False)(x)
        return layers.BatchNormalization(epsilon=1e-5, momentum=0.9)(x)

    inputs = keras.Input(INPUT_SHAPE)
    x = layers.ReLU()(convolved(inputs, FILTERS[0], 3))
    for number, filters in enumerate(FILTERS):
        stride = 2 if number else 1
        y = layers.ReLU()(convolved(x, filters, 3, stride))
        y = convolved(y, filters, 3)
        x = convolved(x, filters, 1, stride) if number else x
        x = layers.ReLU()(layers.Add()([x, y]))
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(x))


def build_torch(nn):
    def convolved(seen, made, size, stride=1):
        convolution = nn.Conv2d(seen, made, size, stride, padding=size // 2, bias=False)
        return nn.Sequential(convolution, nn.BatchNorm2d(made))

    first = convolved(INPUT_SHAPE[-1], FILTERS[0], 3)
    blocks = nn.ModuleList()
    seen = FILTERS[0]
    for number, made in enumerate(FILTERS):
        stride = 2 if number else 1
        block = [convolved(seen, made, 3, stride), convolved(made, made, 3)]
        blocks.append(nn.ModuleList([*block, *([convolved(seen, made, 1, stride)] * bool(number))]))
        seen = made
    last = nn.Linear(seen, 10)

    def forward(x):
        x = first(x).relu()
        for block in blocks:
            y = block[1](block[0](x).relu())
            x = (y + (block[2](x) if len(block) > 2 else x)).relu()
        return last(x.mean((2, 3)))

    return torch_module(nn, forward, first, blocks, last)
