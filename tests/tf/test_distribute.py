"""`tf.distribute` with its one replica, against TensorFlow's strategy on one CPU."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import glasstape.tf as tf

distribute = tf.distribute


def test_contexts_are_those_of_tensorflow():
    strategy = distribute.MirroredStrategy(["CPU:0"])
    assert not distribute.has_strategy()
    assert not distribute.in_cross_replica_context()
    assert distribute.get_replica_context() is not None
    assert distribute.get_strategy().num_replicas_in_sync == 1

    def replica(x):
        context = distribute.get_replica_context()
        assert context is not None
        assert not distribute.in_cross_replica_context()
        assert distribute.get_strategy() is strategy
        return x * 2, context.all_reduce("SUM", x), context.replica_id_in_sync_group

    with strategy.scope() as given:
        assert given is strategy is distribute.get_strategy()
        assert distribute.in_cross_replica_context()
        assert distribute.get_replica_context() is None
        doubled, same, number = strategy.run(replica, args=(tf.constant([1.0, 2.0]),))
        assert distribute.in_cross_replica_context()
    assert doubled.tolist() == [2.0, 4.0]
    assert same.tolist() == [1.0, 2.0]
    assert number == 0
    assert not distribute.has_strategy()


@pytest.mark.parametrize("operation", ["SUM", distribute.ReduceOp.SUM])
def test_reduce(operation):
    strategy, value = distribute.OneDeviceStrategy("/cpu:0"), tf.constant([2.0, 4.0])
    assert strategy.reduce(operation, value, axis=None).tolist() == [2.0, 4.0]
    assert float(strategy.reduce(operation, value, axis=0)) == 6.0
    assert float(strategy.reduce(distribute.ReduceOp.MEAN, value, axis=0)) == 3.0
    assert strategy.experimental_local_results(value)[0] is value
    with pytest.raises(tf.errors.InvalidArgumentError, match="MAX"):
        strategy.reduce("MAX", value, axis=None)


def test_a_training_step_is_the_one_without_a_strategy():
    def losses(strategy):
        keras.utils.set_random_seed(0)
        with strategy.scope():
            model = keras.Sequential([keras.layers.Dense(1)])
            optimizer = keras.optimizers.SGD(0.1)

        def replica(batch):
            x, y = batch
            with tf.GradientTape() as tape:
                errors = tf.reduce_sum((model(x) - y) ** 2, 1)
                loss = tf.nn.compute_average_loss(errors, global_batch_size=4)
            if loss > 0.0:  # AutoGraph reaches what a strategy runs
                gradients = tape.gradient(loss, model.trainable_variables)
                optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
            return loss

        @tf.function
        def step(batch):
            return strategy.reduce("SUM", strategy.run(replica, args=(batch,)), axis=None)

        model.build((None, 3))
        optimizer.build(model.trainable_variables)
        x = np.arange(24, dtype="float32").reshape(8, 3) / 24
        data = tf.data.Dataset.from_tensor_slices((x, x[:, :1])).batch(4).repeat(4)
        found = [float(step(b)) for b in strategy.experimental_distribute_dataset(data)]
        assert step.experimental_get_tracing_count() == 1
        return found

    found = losses(distribute.MirroredStrategy())
    assert found == losses(distribute.get_strategy())
    assert found[6] < found[0]


def test_datasets_from_a_function():
    strategy = distribute.MirroredStrategy()
    data = strategy.distribute_datasets_from_function(
        lambda context: tf.data.Dataset.range(4).batch(context.get_per_replica_batch_size(2))
    )
    assert [b.tolist() for b in data] == [[0, 1], [2, 3]]


def test_several_devices_are_refused():
    with pytest.raises(AttributeError, match="several devices") as e:
        distribute.MirroredStrategy(["GPU:0", "GPU:1"])
    assert "keras.distribution.DataParallel" in str(e.value)
    assert __file__ in str(e.value)
