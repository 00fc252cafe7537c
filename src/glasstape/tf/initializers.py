"""`tf.initializers` is the very module `keras.initializers`, as in TensorFlow."""

import sys

import keras

sys.modules[__name__] = keras.initializers
