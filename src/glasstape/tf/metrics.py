"""`tf.metrics` is the very module `keras.metrics`, as in TensorFlow."""

import sys

import keras

sys.modules[__name__] = keras.metrics
