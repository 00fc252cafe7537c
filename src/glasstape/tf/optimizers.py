"""`tf.optimizers` is the very module `keras.optimizers`, as in TensorFlow."""

import sys

import keras

sys.modules[__name__] = keras.optimizers
