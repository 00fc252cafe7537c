"""`tf.keras` is Keras itself, however it is imported."""

import subprocess
import sys

import keras
import pytest

import glasstape.tf as tf
from glasstape.tf import _old_keras


def test_the_module_is_keras():
    assert tf.keras is keras
    assert sys.modules["glasstape.tf.keras"] is keras


def test_imports_below_give_keras_own_objects():
    import glasstape.tf.keras.datasets.mnist as mnist
    import glasstape.tf.keras.layers as tf_layers
    from glasstape.tf.keras.applications.resnet50 import ResNet50
    from glasstape.tf.keras.layers import Dense
    from glasstape.tf.keras.models import Model, Sequential

    import glasstape.tf.keras as tf_keras
    from glasstape.tf import keras as from_tf
    from glasstape.tf.keras import layers, optimizers

    assert tf_keras is from_tf is keras
    assert layers is tf_layers is keras.layers
    assert optimizers is keras.optimizers
    assert mnist is keras.datasets.mnist
    assert Dense is keras.layers.Dense
    assert ResNet50 is keras.applications.ResNet50
    assert (Model, Sequential) == (keras.Model, keras.Sequential)


def test_nothing_is_loaded_twice():
    import glasstape.tf.keras.utils  # noqa: F401

    aliases = [n for n in sys.modules if n.startswith("glasstape.tf.keras.")]
    assert aliases
    for alias in aliases:
        real = alias.removeprefix("glasstape.tf.")
        assert sys.modules[alias] is (sys.modules.get(real) or _old_keras.namespace(real))


def test_keras_modules_keep_their_names():
    import glasstape.tf.keras.layers  # noqa: F401

    assert keras.__name__ == keras.__spec__.name == "keras"
    assert keras.layers.__name__ == keras.layers.__spec__.name == "keras.layers"


def test_what_keras_does_not_have_is_an_import_error():
    with pytest.raises(ImportError, match="no_such_module"):
        import glasstape.tf.keras.no_such_module  # noqa: F401
    with pytest.raises(ImportError, match="NoSuchLayer"):
        from glasstape.tf.keras.layers import NoSuchLayer  # noqa: F401


def test_glasstape_alone_does_not_load_it():
    check = "import glasstape, sys; print('glasstape.tf' in sys.modules, 'keras' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["False", "False"]
    assert "glasstape.tf" in sys.modules  # as this file imports it


def test_it_comes_as_an_attribute_too():
    import glasstape as gt

    assert gt.tf is tf


def test_set_floatx_changes_layers_made_after_it():
    """Importing this package makes no layer that would settle the dtype before."""
    program = (
        "import glasstape.tf as tf; tf.keras.backend.set_floatx('float16'); "
        "print(tf.keras.layers.Dense(1).compute_dtype)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stdout.split() == ["float16"], run.stderr
