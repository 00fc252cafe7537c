"""Keras' own losses, metrics and updates in eager code: one program a call.

Inside they are 10 to 20 small operations, each of which would be a dispatch of its own. What the
user wrote stays operation by operation: a class, a function or a setting that is not Keras' own is
never compiled behind its author's back, and models and layers are not either, so that a tape sees
into them.
"""
