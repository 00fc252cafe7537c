"""`tf.compat`: what programs for TensorFlow 2 still use of older TensorFlow."""

import logging

import pytest

import glasstape.tf as tf
from glasstape.errors import NotCoveredError


@pytest.fixture(autouse=True)
def _level():
    yield
    tf.get_logger().setLevel(logging.NOTSET)


def test_logging_is_the_logger_of_that_name(caplog):
    log = tf.compat.v1.logging
    log.set_verbosity(log.ERROR)
    assert tf.get_logger().level == log.get_verbosity() == logging.ERROR
    log.warning("not written")
    log.error("written: %d", 3)
    assert [r.getMessage() for r in caplog.records] == ["written: 3"]


def test_levels_are_tensorflows():
    log = tf.compat.v1.logging
    assert [log.DEBUG, log.INFO, log.WARN, log.ERROR, log.FATAL] == [10, 20, 30, 40, 50]


def test_what_tensorflow_2_does_in_any_case_is_accepted():
    tf.compat.v1.enable_eager_execution()
    tf.compat.v1.enable_v2_behavior()
    tf.debugging.set_log_device_placement(True)
    assert tf.compat.v1.executing_eagerly()
    tf.compat.v1.set_random_seed(3)
    first = tf.random.normal([])
    tf.random.set_seed(3)
    assert first == tf.random.normal([])


def test_text():
    assert tf.compat.as_str(b"a") == tf.compat.as_text("a") == "a"
    assert tf.compat.as_bytes("é") == b"\xc3\xa9"
    with pytest.raises(TypeError):
        tf.compat.as_bytes(3)


def test_sessions_are_accepted_for_their_settings_and_run_nothing():
    config = tf.compat.v1.ConfigProto(allow_soft_placement=True)
    config.gpu_options.allow_growth = True
    config.device_count["GPU"] = 1
    assert config.gpu_options.allow_growth
    assert config.allow_soft_placement
    assert tf.compat.v1.ConfigProto(gpu_options=tf.compat.v1.GPUOptions(allow_growth=True))
    with tf.compat.v1.InteractiveSession(config=config) as session:
        tf.compat.v1.Session(config=config).close()
        with pytest.warns(FutureWarning, match="set_session"):
            tf.compat.v1.keras.backend.set_session(session)
        with pytest.raises(NotCoveredError, match="no `run` of a session"):
            session.run(1)
