"""Train a small convolutional net with a hand-written step and watch its gradients.

pip install 'glasstape[demo]' && python quickstart.py
"""

import glasstape as gt  # before keras: it chooses the JAX backend
import keras

EPOCHS = 15

keras.utils.set_random_seed(0)
train, test = gt.data.load_digits()  # (images, labels) each; 8x8 pixels, ten classes
train_ds = gt.data.Dataset.from_tensor_slices(train).shuffle(2000).batch(32)
test_ds = gt.data.Dataset.from_tensor_slices(test).batch(32)

model = keras.Sequential(
    [
        keras.layers.Conv2D(32, 3, activation="relu"),
        keras.layers.Flatten(),
        keras.layers.Dense(128, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
loss_function = keras.losses.SparseCategoricalCrossentropy()
optimizer = keras.optimizers.Adam()
train_loss, train_accuracy = keras.metrics.Mean(), keras.metrics.SparseCategoricalAccuracy()
test_loss, test_accuracy = keras.metrics.Mean(), keras.metrics.SparseCategoricalAccuracy()


@gt.function  # without this line the same numbers come, only later
def train_step(images, labels):
    with gt.GradientTape() as tape:
        predictions = model(images, training=True)
        loss = loss_function(labels, predictions)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
    train_loss(loss)
    train_accuracy(labels, predictions)


@gt.function
def test_step(images, labels):
    predictions = model(images, training=False)
    test_loss(loss_function(labels, predictions))
    test_accuracy(labels, predictions)


with gt.glass() as glass:  # a live table of every layer's gradients, and a run folder
    for epoch in range(1, EPOCHS + 1):
        # Metrics add up until they are reset. The chapter's loop never does that, so its lines
        # average over all epochs so far; here each line tells of its own epoch.
        for metric in (train_loss, train_accuracy, test_loss, test_accuracy):
            metric.reset_state()
        for images, labels in train_ds:
            train_step(images, labels)
        for images, labels in test_ds:
            test_step(images, labels)
        glass.print(
            f"Epoch {epoch}, loss {train_loss.result():.5f}, "
            f"accuracy {train_accuracy.result() * 100:.2f}%, "
            f"test loss {test_loss.result():.5f}, "
            f"test accuracy {test_accuracy.result() * 100:.2f}%"
        )
print(f"The run is in {glass.run_dir}.")
