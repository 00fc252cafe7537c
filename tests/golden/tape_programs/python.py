"""Tensors in plain Python: operators, indexing, iteration, accumulation."""

import numpy as np

from .registry import both_ways, program


@both_ways
def operators(api):
    def f(x):
        return -x + abs(x) * 2.0 ** (x / 3.0) - (1.0 - x) / (x + 5.0) + x**-1 * x**2

    return api.gradient(f, api.constant([0.5, -1.5, 2.0]))


@program
def reflected_matrix_product(api):
    matrix = np.array([[1.0, 2.0], [3.0, 4.0]], "float32")
    return api.gradient(lambda x: api.ops.matmul(matrix, x) ** 2, api.constant([[0.5], [2.0]]))


@program
def arrays_of_numpy_take_part(api):
    row = np.array([1.0, -2.0], "float32")
    return api.gradient(lambda x: x * row + row * x * 3.0, api.constant([0.5, 2.0]))


@program
def numpy_on_the_left(api):
    return api.gradient(lambda x: np.float32(3.0) * x, api.constant([0.5, 2.0]))


@program
def augmented_assignment(api):
    def f(x):
        y = x
        y += x * 2.0
        y *= x
        y -= 1.0
        y /= 2.0
        return y

    return api.gradient(f, api.constant([0.5, 2.0]))


@program
def sum_of_a_list(api):
    x = api.constant([0.5, 2.0])
    return api.gradient(lambda x: sum([x, x**2, x**3]), x)


@program
def iterating_over_rows(api):
    def f(x):
        total = 0.0
        for i, row in enumerate(x):
            total = total + api.ops.sum(row) ** (i + 1)
        return total

    return api.gradient(f, api.constant([[0.5, 2.0], [1.0, -1.0]]))


@program
def iterating_over_numbers(api):
    return api.gradient(lambda x: sum(n * n for n in x), api.constant([0.5, 2.0, 3.0]))


@program
def unpacking(api):
    def f(x):
        a, b = x
        return a * b[0]

    return api.gradient(f, api.constant([[0.5, 2.0], [1.0, -1.0]]))


@both_ways
def indexing(api):
    def f(x):
        return x[1, 0] * x[0] + x[-1, ::2][0] * x[..., 1][0] + x[0:1, 1:][0, 0]

    return api.gradient(f, api.constant([[0.5, 2.0, 1.0], [1.0, -1.0, 3.0]]))


@both_ways
def indexing_by_a_tensor(api):
    def f(x):
        return x[api.ops.cast(api.ops.argmax(x), "int32")] * x

    return api.gradient(f, api.constant([0.5, 2.0, 1.0]))


@program
def indexing_by_a_mask(api):
    """The shape depends on the data."""
    return api.gradient(lambda x: x[x > 0.0] ** 2, api.constant([0.5, -2.0, 1.0]))


@program
def one_array_for_several_names(api):
    x = api.constant([0.5, 2.0])
    y = x
    with api.GradientTape() as tape:
        tape.watch(x)
        z = y * x
    return tape.gradient(z, [x, y])


@program
def a_closure_made_before_the_tape(api):
    x = api.constant(2.0)
    f = lambda y: x * y  # noqa: E731
    with api.GradientTape() as tape:
        tape.watch(x)
        z = f(x)
    return tape.gradient(z, x)


@program
def gradients_are_added_up_over_batches(api):
    v = api.Variable([1.0, -1.0])
    total = None
    for scale in (1.0, 2.0, 3.0):
        with api.GradientTape() as tape:
            y = api.ops.sum((v * scale) ** 2)
        g = tape.gradient(y, v)
        total = g if total is None else total + g
    return total / 3.0


@program
def clipping_by_the_global_norm(api):
    v, w = api.Variable([3.0, -4.0]), api.Variable(12.0)
    with api.GradientTape() as tape:
        y = api.ops.sum(v**2) / 2.0 + w**2 / 2.0
    gradients = tape.gradient(y, [v, w])
    norm = api.ops.sqrt(sum(api.ops.sum(g**2) for g in gradients))
    return norm, [g / norm for g in gradients]


@program
def numbers_that_are_not_finite(api):
    x = api.constant([0.0, 1.0, -1.0])
    with api.GradientTape(persistent=True) as tape:
        tape.watch(x)
        root, log, ratio = api.ops.sqrt(x), api.ops.log(x), x / x
    return [tape.gradient(y, x) for y in (root, log, ratio)]


@program
def integer_factors(api):
    return api.gradient(lambda x: x * 3 + 2 * x - 1, api.constant([0.5, 2.0]))


@program
def empty_tensor(api):
    x = api.ops.zeros((0, 2))
    return api.gradient(lambda x: api.ops.sum(x**2), x)


@program
def scalar_added_to_a_batch(api):
    b = api.Variable(0.5)
    x = api.constant([[1.0, 2.0], [3.0, 4.0]])
    with api.GradientTape() as tape:
        y = api.ops.mean((x + b) ** 2, axis=1)
    return tape.gradient(y, b)
