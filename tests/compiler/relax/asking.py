"""Steps whose Python looks at a size, by how many traces they need."""

import functools
import math

import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import ops

import glasstape as gt


def n(x):
    return x.shape[0]


def tried(convert):
    """The error of a size that is not known is swallowed, and another way taken."""

    def step(x):
        try:
            size = convert(n(x))
        except Exception:
            size = -1
        return x * size

    return step


def gradient_of(function):
    def step(x):
        with gt.GradientTape() as tape:
            tape.watch(x)
            y = jnp.sum(function(x) ** 2)
        return tape.gradient(y, x)

    return step


@jax.custom_vjp
def sine(x):
    return jnp.sin(x)


sine.defvjp(lambda x: (jnp.sin(x), (x,)), lambda x, g: (g * jnp.cos(x[0]) * n(x[0]),))


@jax.custom_jvp
def square(x):
    return x**2


@square.defjvp
def _(primals, tangents):
    return square(primals[0]), 2 * primals[0] * tangents[0] * (3 if n(primals[0]) == 5 else 1)


@jax.jit
def inner(x):
    return x * 100 if n(x) == 5 else x


def matched(x):
    match n(x):
        case 5:
            return x * 2
        case _:
            return x


def halvings(x):
    size, count = n(x), 0
    while size > 1:
        size, count = size // 2, count + 1
    return x * count


@functools.lru_cache
def cached(size):
    return size * 2


def loop(x):
    total = 0.0
    for i in range(n(x)):
        total = total + x[i]
    return total


# One trace for all sizes from 2 on.
ONE = {
    "normaliser": lambda x: jnp.sum(x) / n(x),
    "factor": lambda x: x * n(x),
    "power": lambda x: x * n(x) ** 2,
    "half": lambda x: x * (n(x) / 2),
    "third": lambda x: x * (n(x) / 3),
    "inverse": lambda x: x * (1.0 / n(x)),
    "bfloat16": lambda x: x.astype("bfloat16") * n(x),
    "bfloat16 inverse": lambda x: x.astype("bfloat16") * (1 / n(x)),
    "int8": lambda x: x.astype("int8") * n(x),
    "modulo": lambda x: x * (n(x) % 3),
    "divmod": lambda x: x * divmod(n(x), 3)[1],
    "modulo of a number": lambda x: x * (100 % n(x)),
    "negative": lambda x: x * -n(x),
    "true": lambda x: x * 2 if n(x) else x,
    "NumPy scalar": lambda x: x * (np.float32(2) * n(x)),
    "size": lambda x: x / x.size,
    "np.prod": lambda x: x / np.prod(x.shape),
    "sum of the shape": lambda x: x / sum(x.shape),
    "sqrt": lambda x: x / jnp.sqrt(n(x)),
    "array of the shape": lambda x: jnp.asarray(x.shape),
    "mask": lambda x: jnp.where(jnp.arange(n(x)) < n(x) - 1, x.T, 0.0),
    "mask, reflected": lambda x: jnp.where(n(x) - 1 > jnp.arange(n(x)), x.T, 0.0),
    "equal to an array": lambda x: n(x) == jnp.arange(7),
    "equal to a NumPy array": lambda x: n(x) == np.arange(7),
    "equal to a tracer": lambda x: x * (n(x) == jnp.int32(5)),
    "where": lambda x: jnp.where(jnp.asarray(n(x)) > 5, x, -x),
    "zeros": lambda x: jnp.zeros(x.shape) + x,
    "reshape": lambda x: x.reshape(-1),
    "transposed": lambda x: x.T @ x,
    "gram": lambda x: x @ x.T,
    "reversed": lambda x: x[::-1],
    "concatenate": lambda x: jnp.concatenate([x, x, x[:1]]),
    "roll": lambda x: jnp.roll(x, 1, 0),
    "variance": lambda x: jnp.var(x, 0),
    "softmax": lambda x: jax.nn.softmax(x, 0),
    "sort": lambda x: jnp.sort(x, 0),
    "scan": lambda x: jax.lax.scan(lambda c, v: (c + v, c * 2), jnp.zeros(3), x),
    "while": lambda x: jax.lax.while_loop(
        lambda c: c[0] < n(x), lambda c: (c[0] + 1, c[1] * 1.5), (0, x)
    ),
    "vmap": lambda x: jax.vmap(lambda v: v @ v)(x),
    "checkpoint": gradient_of(jax.checkpoint(lambda x: jnp.sin(x) * n(x))),
    "gradient": gradient_of(lambda x: jnp.sin(x) / n(x)),
    "gradient of relu": gradient_of(jax.nn.relu),
    "gradient of a custom_vjp": gradient_of(sine),
    "custom_vjp": sine,
    "custom_jvp": square,
    "Hessian product": lambda x: jax.jvp(jax.grad(lambda v: jnp.mean(jnp.tanh(v))), (x,), (x,)),
    "returned": lambda x: (n(x) * 2 + 1, {"a": n(x)}, x.shape),
    "keras mean": lambda x: ops.mean(x, 0),
    "keras normal": lambda x: x + keras.random.normal(x.shape, seed=3),
    "keras dropout": lambda x: keras.random.dropout(x, 0.5, seed=3),
    "bits": lambda x: jax.random.bernoulli(jax.random.PRNGKey(0), 0.5, x.shape),
    "callback": lambda x: jax.pure_callback(
        lambda v: np.asarray(v) * 2, jax.ShapeDtypeStruct(x.shape, x.dtype), x
    ),
    "text of a tracer": lambda x: x * len(str(x)[:0]),
    "resized": lambda x: jax.image.resize(x, (n(x) * 2, 3), "linear"),
}

# One for each answer the step gets.
TWO = {
    "==": lambda x: x * 2 if n(x) == 5 else x,
    "!=": lambda x: x * 2 if n(x) != 5 else x,
    ">": lambda x: x * 2 if n(x) > 4 else x,
    "<=": lambda x: x * 2 if 5 >= n(x) else x,  # noqa: SIM300 - the reflected method
    "even": lambda x: x * 2 if n(x) % 2 == 0 else x,
    "true or not": lambda x: x * 2 if n(x) - 5 else x,
    "not": lambda x: x * 2 if not n(x) - 5 else x,
    "in a tuple": lambda x: x * (1.0 if n(x) in (5, 50) else 2.0),
    "match": matched,
    "shape": lambda x: x * 2 if x.shape == (5, 3) else x,
    "NumPy number": lambda x: x * (2 if np.int64(5) == n(x) else 1),
    "np.array_equal": lambda x: x * (1 if np.array_equal(x.shape, (5, 3)) else 2),
    "inside a jit": lambda x: inner(x),
    "inside a derivative": gradient_of(square),
    "min": lambda x: x * min(n(x), 5),
}

# One for each size.
EACH = {
    "int": (lambda x: x * int(n(x)), "as a Python int"),
    "float": (lambda x: x * float(n(x)), "as a Python float"),
    "math.sqrt": (lambda x: x / math.sqrt(n(x)), "as a Python float"),
    "int, tried": (tried(int), "as a Python int"),
    "float, tried": (tried(float), "as a Python float"),
    "range, tried": (tried(lambda size: len(range(size))), "as a Python int"),
    "loop": (loop, "as a Python int"),
    "np.zeros": (lambda x: x + np.zeros(x.shape, "float32"), "as a Python int"),
    "key": (lambda x: x * {4: 1.0, 5: 2.0}.get(n(x), 9.0), "as the key of a dict"),
    "in a set": (lambda x: x * (1.0 if n(x) in {4, 5} else 2.0), "as the key of a dict"),
    "hash": (lambda x: x * (hash(n(x)) % 7), "as the key of a dict"),
    "cache": (lambda x: x * cached(n(x)), "as the key of a dict"),
    "text": (lambda x: x * (1 if f"{n(x)}" == "5" else 2), "as text"),
    "returned text": (lambda x: {"n": str(n(x)), "x": x}["x"], "as text"),
    "text of a shape": (lambda x: x * len(str(x.shape)), "as text"),
    "exponent": (lambda x: x * 0.9 ** n(x), "in rpow with 0.9"),
    "floor of a fraction": (lambda x: x * (n(x) // 0.1), "in floordiv with 0.1"),
    "squeeze": (lambda x: jnp.squeeze(x), "jnp.squeeze"),
    "iterated": (lambda x: sum(v for v in x), ""),
    "len": (lambda x: x * len(x), ""),
    "callback with the size": (
        lambda x: jax.pure_callback(
            functools.partial(lambda size, v: np.asarray(v) * int(size), n(x)),
            jax.ShapeDtypeStruct(x.shape, x.dtype),
            x,
        ),
        "a function called by `pure_callback` keeps a size",
    ),
    "permutation": (lambda x: jax.random.permutation(jax.random.key(0), x), ""),
    "too large": (lambda x: x * ((n(x) * 1_000_000_000) / 7), "OverflowError"),
}

# As many as JAX needs; the numbers must be right.
SOME = {
    "array_equal": lambda x: jnp.array_equal(x[:, 0] * 0, jnp.zeros(5)),
    "array_equiv": lambda x: jnp.array_equiv(x[:, 0] * 0, jnp.zeros(5)),
    "squeezed slice": lambda x: jnp.squeeze(x[: n(x) // 2]),
    "slice": lambda x: x[: n(x) // 2],
    "first five": lambda x: x[:5],
    "after five": lambda x: x[5:],
    "every other": lambda x: x[::2],
    "first": lambda x: x[0],
    "third": lambda x: x[2],
    "last": lambda x: x[n(x) - 1],
    "last three": lambda x: x[n(x) - 3 :],
    "all but one": lambda x: x[:-1],
    "halves": lambda x: x.reshape((n(x) // 2, -1)),
    "split": lambda x: jnp.split(x, 2),
    "at": lambda x: x.at[n(x) - 1].set(0.0),
    "linspace": lambda x: jnp.linspace(0.0, 1.0, n(x)),
    "convolve": lambda x: jnp.convolve(x[:, 0], jnp.ones(3)),
    "logarithm": halvings,
    "overflow": lambda x: x * (n(x) * 1_000_000_000),
    "median": lambda x: jnp.median(x, 0),
    "fori_loop": lambda x: jax.lax.fori_loop(0, n(x), lambda i, s: s + x[i], jnp.zeros(3)),
    "top_k": lambda x: jax.lax.top_k(x.T, 2),
    "binary exponent": lambda x: x * 2 ** n(x),
    "bit": lambda x: x * (n(x) & 1),
    "absolute": lambda x: x * abs(n(x) - 5),
    "np.full": lambda x: x + np.full((3,), n(x)),
}
