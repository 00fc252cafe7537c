"""The training program of the book chapter, in TensorFlow's spelling.

Only the import line tells GlassTape from TensorFlow. The metrics are never reset, as in the
chapter, so their numbers run together from epoch to epoch; `quickstart.py` resets them.

    python examples/chapter.py                     scikit-learn's handwritten digits, 8x8
    python examples/chapter.py --data mnist        MNIST, downloaded by Keras
    python examples/chapter.py --data digits.npz   arrays x_train, y_train, x_test, y_test
"""

import argparse

import numpy as np

import glasstape.tf as tf


def load_digits():
    """1,437 digits to train on and 360 to test, in random order: the file is sorted by writer."""
    from sklearn import datasets

    images, labels = datasets.load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(images))
    images, labels = images[order].reshape(-1, 8, 8), labels[order]
    return images[:1437], labels[:1437], images[1437:], labels[1437:]


def load_data(source):
    if source == "digits":
        return load_digits()
    if source == "mnist":
        train, test = tf.keras.datasets.mnist.load_data()
        return *train, *test
    with np.load(source) as arrays:
        return [arrays[name] for name in ("x_train", "y_train", "x_test", "y_test")]


parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--data", default="digits", help="digits, mnist, or an NPZ file")
parser.add_argument("--epochs", type=int, default=5)
options = parser.parse_args()

x_train, y_train, x_test, y_test = load_data(options.data)
largest = x_train.max()
x_train, x_test = x_train / largest, x_test / largest
x_train = x_train[..., tf.newaxis].astype("float32")
x_test = x_test[..., tf.newaxis].astype("float32")

train_ds = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(10000).batch(32)
test_ds = tf.data.Dataset.from_tensor_slices((x_test, y_test)).batch(32)

model = tf.keras.Sequential(
    [
        tf.keras.layers.Conv2D(32, 3, activation="relu"),
        tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(128, activation="relu"),
        tf.keras.layers.Dense(10, activation="softmax"),
    ]
)

loss_function = tf.keras.losses.SparseCategoricalCrossentropy()
optimizer = tf.keras.optimizers.Adam()

train_loss = tf.keras.metrics.Mean(name="train_loss")
train_accuracy = tf.keras.metrics.SparseCategoricalAccuracy(name="train_accuracy")
test_loss = tf.keras.metrics.Mean(name="test_loss")
test_accuracy = tf.keras.metrics.SparseCategoricalAccuracy(name="test_accuracy")


@tf.function
def train_step(images, labels):
    with tf.GradientTape() as tape:
        predictions = model(images)
        loss = loss_function(labels, predictions)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))  # noqa: B905
    train_loss(loss)
    train_accuracy(labels, predictions)


@tf.function
def test_step(images, labels):
    predictions = model(images)
    loss = loss_function(labels, predictions)
    test_loss(loss)
    test_accuracy(labels, predictions)


for epoch in range(options.epochs):
    for images, labels in train_ds:
        train_step(images, labels)
    for test_images, test_labels in test_ds:
        test_step(test_images, test_labels)
    print(
        f"에포크: {epoch + 1}, "
        f"손실: {train_loss.result():.5f}, "
        f"정확도: {train_accuracy.result() * 100:.2f}%, "
        f"테스트 손실: {test_loss.result():.5f}, "
        f"테스트 정확도: {test_accuracy.result() * 100:.2f}%"
    )
