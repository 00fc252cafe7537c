"""`tf.keras` is Keras 3 itself: importing this module gives the very module ``keras``.

``from glasstape.tf.keras.layers import Dense`` therefore gives Keras' own class; the submodules
are found by `glasstape.tf._imports`.
"""

import sys

import keras

sys.modules[__name__] = keras
