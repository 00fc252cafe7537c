"""`tf.losses` is `keras.losses`, as in TensorFlow: importing this module gives the very module."""

import sys

import keras

sys.modules[__name__] = keras.losses
