"""`tf.initializers` is `keras.initializers`, as in TensorFlow: importing this module gives the very module."""

import sys

import keras

sys.modules[__name__] = keras.initializers
