"""Style transfer: the gradient descends in a picture, not in weights.

L. Gatys, A. Ecker, M. Bethge, "A Neural Algorithm of Artistic Style", 2015, arXiv:1508.06576. With
random filters by default (K. He, Y. Wang, J. Hopcroft, 2016, arXiv:1606.04801), which needs no
download; ``--vgg`` takes VGG19 as Keras downloads it (80 MB). Needs Pillow and scikit-learn.

    python examples/tapes/style_transfer.py [--vgg] [--steps 200]
"""

import argparse

import glasstape as gt  # before keras: it chooses the JAX backend
import keras
import numpy as np
from keras import layers, ops
from sklearn import datasets

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--vgg", action="store_true", help="VGG19 instead of random filters")
parser.add_argument("--steps", type=int, default=200)
parser.add_argument("--size", type=int, default=128)
options = parser.parse_args()

STYLE_WEIGHT, CONTENT_WEIGHT, SMOOTHNESS = 1.0, 1e-2, 1e-4
keras.utils.set_random_seed(0)


def photograph(name):
    picture = datasets.load_sample_image(name).astype("float32")[None] / 255
    return ops.image.resize(picture, (options.size, options.size))


def random_filters():
    """A net of untrained layers and its outputs: near the pixels, and further off."""
    x = inputs = keras.Input((None, None, 3))
    outputs = []
    for filters in (32, 64, 128):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        outputs.append(x)
        x = layers.AveragePooling2D(2)(x)
    return keras.Model(inputs, outputs)


def vgg():
    net = keras.applications.VGG19(include_top=False, weights="imagenet")
    names = ("block1_conv1", "block2_conv1", "block3_conv1", "block4_conv2")
    inputs = keras.Input((None, None, 3))
    seen = layers.Lambda(lambda x: keras.applications.vgg19.preprocess_input(x * 255))(inputs)
    features = keras.Model(net.input, [net.get_layer(n).output for n in names])
    return keras.Model(inputs, features(seen))


def gram(features):
    """How often two filters answer together, wherever: the style, ``[filters, filters]``."""
    count = features.shape[1] * features.shape[2]
    return ops.einsum("nhwc,nhwd->cd", features, features) / count


net = vgg() if options.vgg else random_filters()
content, style = photograph("china.jpg"), photograph("flower.jpg")
wanted_content = net(content)[-1]
wanted_grams = [gram(features) for features in net(style)]
picture = gt.Variable(content)
optimizer = keras.optimizers.Adam(0.02)


@gt.function
def step():
    with gt.GradientTape() as tape:
        found = net(picture.value)
        pairs = zip(map(gram, found), wanted_grams, strict=True)
        of_style = sum(ops.mean(ops.square(a / ops.mean(b) - b / ops.mean(b))) for a, b in pairs)
        of_content = ops.mean(ops.square(found[-1] - wanted_content))
        of_content = of_content / ops.mean(ops.square(wanted_content))
        rough = ops.mean(ops.abs(picture[:, 1:] - picture[:, :-1]))
        rough = rough + ops.mean(ops.abs(picture[:, :, 1:] - picture[:, :, :-1]))
        loss = STYLE_WEIGHT * of_style + CONTENT_WEIGHT * of_content + SMOOTHNESS * rough
    optimizer.apply_gradients([(tape.gradient(loss, picture), picture)])
    picture.assign(ops.clip(picture, 0, 1))
    return of_style, of_content


for number in range(1, options.steps + 1):
    losses = step()
    if number % 50 == 0 or number == options.steps:
        print("step {}: style {:.4f}, content {:.4f}".format(number, *map(float, losses)))
both = np.concatenate([content[0], style[0], picture.value[0]], axis=1)
keras.utils.save_img("style_transfer.png", both * 255, scale=False)
print("style_transfer.png: content, style, and the one in the style of the other.")
