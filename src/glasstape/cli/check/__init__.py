"""`glasstape tf-check`: what of TensorFlow a program uses, and whether it is there.

Programs are read, never run; what is there is read off the source of `glasstape.tf` and of Keras,
so that neither is imported (that would take longer than all the rest).
"""
