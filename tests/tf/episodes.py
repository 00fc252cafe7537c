"""Loops that a tensor ends, and what is done with what they collect, run under both libraries.

Nothing here imports either. The rounds are counted by NumPy code, as an environment does it.
"""

from __future__ import annotations

import numpy as np

MOST = 6
LENGTHS = (1, 2, 4, 6, 9)  # 9: not ended, but by the limit

# Of x, float32[n, 2]; y, float32[n]; and k, int32[n].
EXPRESSIONS = (
    "tf.reduce_sum(x)",
    "tf.reduce_sum(x, axis=0)",
    "tf.reduce_mean(y)",
    "tf.math.reduce_std(y)",
    "tf.math.reduce_variance(x, axis=0)",
    "tf.reduce_max(-y - 5.0)",
    "tf.reduce_min(y + 5.0)",
    "tf.reduce_logsumexp(y)",
    "tf.argmax(-x, axis=0)",
    "tf.reduce_any(y > 1.9)",
    "tf.reduce_all(y < 1.9)",
    "tf.reduce_sum((y - tf.reduce_mean(y)) / (tf.math.reduce_std(y) + 1e-3) * tf.exp(y))",
    "tf.reduce_sum(y[::-1] * tf.cast(k, tf.float32))",
    "tf.reduce_sum(tf.reverse(y, [0]) / (y + 3.0))",
    "tf.reduce_sum(tf.cumsum(y) * y)",
    "tf.reduce_sum(tf.cumsum(y, reverse=True) * y)",
    "tf.reduce_sum(tf.concat([y[1:], [0.5]], 0) - y)",
    "tf.reduce_sum(tf.concat([y, y], 0) * tf.concat([y[::-1], y * 2.0], 0))",
    "tf.reduce_sum(tf.pad(y, [[1, 2]], constant_values=3.0))",
    "y[0] * y[-1]",
    "x[-1]",
    "tf.matmul(x, x, transpose_a=True)",
    "tf.reduce_sum(tf.matmul(x, tf.constant([[1.0, 2.0], [3.0, 4.0]])) ** 2)",
    "tf.reduce_sum(tf.expand_dims(y, 1) * x)",
    "tf.reduce_sum(tf.stack([y, y * 2.0], axis=1) * x)",
    "tf.reduce_sum(tf.nn.softmax(x) * x)",
    "tf.reduce_sum(tf.nn.relu(x - 1.0) + tf.nn.sigmoid(x))",
    "tf.reduce_sum(tf.gather(tf.constant([1.0, 2.0, 5.0]), k % 3) * y)",
    "tf.reduce_sum(tf.one_hot(k % 3, 3) * tf.expand_dims(y, 1))",
    "tf.reduce_sum(tf.where(y > 1.5, y, 0.0))",
    "tf.reduce_sum(tf.zeros_like(y) + tf.ones([tf.shape(y)[0]]) * 2.0)",
    "tf.cast(tf.shape(y)[0], tf.float32) * y[0]",
    "tf.reduce_sum(tf.transpose(x) @ tf.expand_dims(y, 1))",
    "tf.keras.losses.Huber(reduction='sum')(tf.expand_dims(y, 1), x[:, :1] * 3.0)",
    "tf.keras.losses.MeanSquaredError()(y, tf.ones_like(y))",
    "tf.reduce_mean(tf.keras.losses.sparse_categorical_crossentropy(k % 2, x, from_logits=True))",
    "discounted",
    "standardized",
    "rows",
    "tf.sort(-x, axis=0)[0]",
    "tf.cast(tf.argsort(y)[-1], tf.float32) * y[0]",
)


def discounted(tf, x, y, k):
    """Returns from the end to the beginning, in a loop over as many rounds as there were."""
    n, total = tf.shape(y)[0], tf.constant(0.0)
    found = tf.TensorArray(tf.float32, size=n)
    rewards = y[::-1]
    for i in tf.range(n):
        total = rewards[i] + 0.9 * total
        total.set_shape([])
        found = found.write(i, total)
    found = found.stack()[::-1]
    return tf.reduce_sum(found * tf.exp(-found))


def standardized(tf, x, y, k):
    """Of rewards that are whole numbers, as actor-critic programs have it."""
    n, total = tf.shape(k)[0], tf.constant(0.0)
    found = tf.TensorArray(tf.float32, size=n)
    rewards = tf.cast(k[::-1], tf.float32)
    for i in tf.range(n):
        total = rewards[i] + 0.9 * total
        total.set_shape([])
        found = found.write(i, total)
    found = found.stack()[::-1]
    found = (found - tf.math.reduce_mean(found)) / (tf.math.reduce_std(found) + 1e-3)
    return tf.reduce_sum(found * y)


def rows(tf, x, y, k):
    """A loop over the rows."""
    total = tf.zeros([2])
    for row in x:
        total = total * 0.5 + row * row
    return total


def program(expression):
    """A function of TensorFlow, x, y and k."""
    return globals().get(expression) or eval(f"lambda tf, x, y, k: {expression}")


def collected(tf, expression, most=MOST):
    """A step that collects until the host says that it is over; its argument is that length.

    It gives the expression's number and its gradient, and how often the host was called.
    """
    w, calls = tf.Variable([1.0, 0.7]), []
    compute = program(expression)

    def host(i, length):
        calls.append(int(i))
        return np.float32(1.0 + 0.1 * (i % 4)), np.int32(3 * i + 1), np.int32(i + 1 >= length)

    @tf.function
    def step(length):
        with tf.GradientTape() as tape:
            xs = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
            ys = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
            ks = tf.TensorArray(tf.int32, size=0, dynamic_size=True)
            state = tf.constant([0.3, 0.2])
            for i in tf.range(most):
                state = tf.tanh(state * w + 0.5)
                xs = xs.write(i, state * 2.0)
                factor, k, over = tf.numpy_function(
                    host, [i, length], [tf.float32, tf.int32, tf.int32]
                )
                factor.set_shape([])
                ys = ys.write(i, tf.reduce_sum(state) * factor)
                ks = ks.write(i, k)
                if tf.cast(over, tf.bool):
                    break
            ks = ks.stack()
            ks.set_shape([None])
            result = compute(tf, xs.stack(), ys.stack(), ks)
        return result, tape.gradient(result, w)

    def call(length):
        calls.clear()
        result, gradient = step(tf.constant(length))
        gradient = None if gradient is None else _plain(gradient)
        return {"result": _plain(result), "gradient": gradient, "calls": [*calls]}

    call.step = step
    return call


def _plain(tensor):
    """Its numbers, None for what is not one, to as many digits as are TensorFlow's own."""
    numbers = np.asarray(tensor, "float64").reshape(-1).tolist()
    return [None if n != n else float(f"{n:.6g}") for n in numbers]


def run(tf, expression):
    """For each length."""
    call = collected(tf, expression)
    return [call(length) for length in LENGTHS]


# ----- a net that learns by acting -----


class Cliff:
    """A walk on a line that ends at its edges; the numbers are exact in float32."""

    def reset(self, start):
        self.place, self.speed = float(start), 0.0
        return np.array([self.place, self.speed], np.float32)

    def step(self, action):
        self.speed += 0.25 if action == 1 else -0.125
        self.place += self.speed
        state = np.array([self.place, self.speed], np.float32)
        return state, np.array(2 - int(action), np.int32), np.array(abs(self.place) > 2, np.int32)


def actor_critic(tf, starts=(0.0, 1.5, -1.0, 0.5, 2.0, 0.25), most=12):
    """Actor and critic, with the best action in place of a drawn one; a wide step ends it early.

    Rewards, losses, how many rounds there were, and the weights at the end.
    """
    keras, cliff = tf.keras, Cliff()
    inputs = keras.Input((2,))
    common = keras.layers.Dense(8, activation="tanh")(inputs)
    model = keras.Model(inputs, [keras.layers.Dense(2)(common), keras.layers.Dense(1)(common)])
    for number, w in enumerate(model.weights):
        size = int(np.prod(w.shape))
        w.assign(np.sin(np.arange(size) + number).reshape(tuple(w.shape)) * 0.5)
    optimizer = keras.optimizers.Adam(0.02)
    huber = keras.losses.Huber(reduction="sum")

    def act(action):
        return tf.numpy_function(cliff.step, [action], [tf.float32, tf.int32, tf.int32])

    def play(state):
        shape = state.shape
        chances = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
        values = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
        rewards = tf.TensorArray(tf.int32, size=0, dynamic_size=True)
        for t in tf.range(most):
            logits, value = model(tf.expand_dims(state, 0))
            action = tf.argmax(logits[0])
            chances = chances.write(t, tf.nn.softmax(logits)[0, action])
            values = values.write(t, tf.squeeze(value))
            state, reward, over = act(action)
            state.set_shape(shape)
            rewards = rewards.write(t, reward)
            if tf.cast(over, tf.bool):
                break
        return chances.stack(), values.stack(), rewards.stack()

    def returns_of(rewards):
        n, total = tf.shape(rewards)[0], tf.constant(0.0)
        found = tf.TensorArray(tf.float32, size=n)
        rewards = tf.cast(rewards[::-1], tf.float32)
        for i in tf.range(n):
            total = rewards[i] + 0.9 * total
            total.set_shape([])
            found = found.write(i, total)
        found = found.stack()[::-1]
        return (found - tf.reduce_mean(found)) / (tf.math.reduce_std(found) + 1e-3)

    @tf.function
    def step(state):
        with tf.GradientTape() as tape:
            chances, values, rewards = play(state)
            returns = returns_of(rewards)
            columns = [tf.expand_dims(x, 1) for x in (chances, values, returns)]
            chances, values, returns = columns
            acting = -tf.reduce_sum(tf.math.log(chances) * (returns - values))
            loss = acting + huber(values, returns)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)
        return tf.reduce_sum(rewards), loss, tf.shape(rewards)[0]

    rows = [[float(x) for x in step(tf.constant(cliff.reset(s)))] for s in starts]
    return {"rows": rows, "weights": [_plain(w) for w in model.weights]}, step
