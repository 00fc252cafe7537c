"""What a step may create, and when."""

import jax.numpy as jnp
import keras
import numpy as np
import pytest

import glasstape as gt
from glasstape.errors import VariableCreationError

X = jnp.ones((2, 3))


class TestNewAtEachCall:
    """Refused: the compiled step would keep what the Python step makes anew."""

    def refused(self, function, what):
        step = gt.function(function)
        with pytest.raises(VariableCreationError) as raised:
            step(X)
        text = str(raised.value)
        assert f"creates {what} which nothing keeps after the step" in text
        assert f"{what} created at {__file__}:" in text
        assert "create it outside the step" in text
        assert step.experimental_get_tracing_count() == 0
        assert isinstance(raised.value, ValueError)  # as TensorFlow's

    def test_a_variable(self):
        def step(x):
            v = gt.Variable(1.0)
            v.assign_add(2.0)
            return x * v

        self.refused(step, "a variable")

    def test_a_keras_variable_that_is_only_read(self):
        self.refused(lambda x: x * keras.Variable(2.0), "a variable")

    def test_a_layer(self):
        self.refused(lambda x: keras.layers.Dense(2)(x), "a Dense")

    def test_a_model(self):
        def step(x):
            return keras.Sequential([keras.layers.Dense(2)])(x)

        # Whichever of the two the collector has noticed.
        with pytest.raises(VariableCreationError, match=r"creates a (Sequential|Dense)"):
            gt.function(step)(X)

    def test_a_metric(self):
        def step(x):
            mean = keras.metrics.Mean()
            mean.update_state(x)
            return mean.result()

        self.refused(step, "a Mean")

    def test_an_optimizer(self):
        v = gt.Variable(1.0)

        def step(x):
            keras.optimizers.SGD(0.1).apply([jnp.float32(1.0)], [v])
            return x

        self.refused(step, "a SGD")
        assert float(v.value) == 1.0

    def test_a_dropout_layer_whose_seed_would_start_anew(self):
        self.refused(lambda x: keras.layers.Dropout(0.5)(x, training=True), "a Dropout")


class TestFirstCall:
    def test_kept_on_an_object(self):
        class Net:
            def __init__(self):
                self.scale = self.dense = None

            @gt.function
            def __call__(self, x):
                if self.scale is None:
                    self.scale = gt.Variable(2.0)
                    self.dense = keras.layers.Dense(2)
                return self.dense(x) * self.scale

        net = Net()
        y = net(X)
        np.testing.assert_allclose(y, net.dense(X) * 2.0, rtol=1e-6)
        net.scale.assign(3.0)
        np.testing.assert_allclose(net(X), net.dense(X) * 3.0, rtol=1e-6)
        assert net(jnp.ones((5, 3))).shape == (5, 2)  # the second trace makes nothing

    def test_kept_in_a_closure_and_a_global_list(self):
        kept, total = [], None

        @gt.function
        def step(x):
            nonlocal total
            if total is None:
                total = gt.Variable(0.0)
                kept.append(keras.metrics.Mean())
            total.assign_add(keras.ops.sum(x))
            kept[0].update_state(x)
            return x

        step(X)
        step(X)
        assert float(total.value) == 12.0
        assert float(kept[0].result()) == 1.0

    def test_an_object_without_variables_may_be_made_at_each_call(self):
        step = gt.function(lambda x: keras.layers.Flatten()(keras.layers.ReLU()(x)))
        np.testing.assert_array_equal(step(X), X)
        assert step(jnp.ones((4, 3))).shape == (4, 3)


class TestLaterCalls:
    def test_a_variable_is_refused_and_nothing_changed(self):
        kept, total = [], gt.Variable(0.0)

        @gt.function
        def step(x):
            total.assign_add(1.0)
            kept.append(gt.Variable(1.0))
            return x * kept[-1]

        step(X)
        with pytest.raises(VariableCreationError, match="in a call that is not the first one"):
            step(jnp.ones((5, 3)))
        assert float(total.value) == 1.0
        step(X)
        assert float(total.value) == 2.0

    def test_a_layer_is_refused(self):
        kept = []

        @gt.function
        def step(x):
            kept.append(keras.layers.Dense(2))
            return kept[-1](x)

        step(X)
        with pytest.raises(VariableCreationError, match="creates a Dense in a call that is not"):
            step(jnp.ones((5, 3)))

    def test_slots_and_unbuilt_layers_of_objects_from_outside_are_built(self):
        """What TensorFlow refuses: the trap of evaluating before training."""
        net = keras.Sequential([keras.layers.Dense(2)])
        head = keras.layers.Dense(1)
        optimizer = keras.optimizers.Adam(0.1)

        @gt.function
        def step(x, train):
            if not train:
                return net(x)
            with gt.GradientTape() as tape:
                loss = keras.ops.mean(head(net(x)) ** 2)
            variables = [*net.trainable_variables, *head.trainable_variables]
            optimizer.apply(tape.gradient(loss, variables), variables)
            return loss

        step(X, False)
        losses = [float(step(X, True)) for _ in range(3)]
        assert losses[2] < losses[0]
        assert int(optimizer.iterations.value) == 3


class TestComputedInitialValues:
    """As in TensorFlow's guide to `tf.Module`: made in the first call, of a shape it tells."""

    def test_of_the_shape_of_an_argument(self):
        class Dense:
            weights = None

            @gt.function
            def __call__(self, x):
                if self.weights is None:
                    self.weights = gt.Variable(jnp.ones((x.shape[-1], 2)) * 3.0)
                    self.bias = gt.Variable(jnp.arange(2.0) + 1.0)
                return x @ self.weights + self.bias

        dense = Dense()
        np.testing.assert_allclose(dense(X), 9.0 + np.array([[1.0, 2.0]] * 2))
        np.testing.assert_array_equal(dense.weights.value, np.full((3, 2), 3.0))
        assert dense(jnp.ones((5, 3))).shape == (5, 2)
        dense.weights.assign(jnp.zeros((3, 2)))
        np.testing.assert_allclose(dense(X), [[1.0, 2.0]] * 2)

    def test_of_arguments_and_variables_as_in_eager_code(self):
        kept, other = [], gt.Variable(5.0)

        @gt.function
        def step(x):
            if not kept:
                kept.append(gt.Variable(keras.ops.sum(x) + other))
            return kept[0].assign_add(1.0) * 1.0

        assert [float(step(X)) for _ in range(3)] == [12.0, 13.0, 14.0]
        assert step.experimental_get_tracing_count() == 1

    def test_of_a_spec_it_must_not_depend_on_values(self):
        kept = []

        @gt.function
        def step(x):
            if not kept:
                kept.append(gt.Variable(keras.ops.sum(x)))
            return kept[0] * 1.0

        with pytest.raises(VariableCreationError, match="only known by its TensorSpec"):
            step.get_concrete_function(gt.TensorSpec([2, 3]))

    def test_anew_at_each_call_is_refused_all_the_same(self):
        def step(x):
            return x * gt.Variable(jnp.ones(3) * 2.0)

        with pytest.raises(VariableCreationError, match="which nothing keeps"):
            gt.function(step)(X)
