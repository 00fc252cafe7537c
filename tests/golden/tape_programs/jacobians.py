"""`jacobian` and `batch_jacobian` with all their arguments."""

from .registry import both_ways, program


def matrix(api):
    return api.constant([[0.5, -1.0], [1.0, 0.25]])


def weights(api):
    return api.constant([[1.0, -0.5], [0.25, 2.0]])


def coupled(api, x, w):
    return api.ops.tanh(x @ w) * api.ops.sum(x)


def by_row(api, x, w):
    """Rows do not depend on each other."""
    return api.ops.tanh(x @ w) * api.ops.sum(x, axis=1, keepdims=True)


def jacobian(api, f, *sources, **options):
    @api.way
    def run(*sources):
        with api.GradientTape(persistent=True) as tape:
            tape.watch(sources)
            y = f(api, *sources)
        found = tape.jacobian(y, list(sources), **options)
        return found if len(sources) > 1 else found[0]

    return run(*sources)


def batch_jacobian(api, f, x, *rest, **options):
    @api.way
    def run(x, *rest):
        with api.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = f(api, x, *rest)
        return tape.batch_jacobian(y, x, **options)

    return run(x, *rest)


@both_ways
def of_a_vector(api):
    return jacobian(api, lambda api, x: x**2, api.constant([1.0, 2.0, 3.0]))


@both_ways
def of_a_matrix_in_two_sources(api):
    return jacobian(api, coupled, matrix(api), weights(api))


@both_ways
def in_a_loop(api):
    return jacobian(api, by_row, matrix(api), weights(api), experimental_use_pfor=False)


@program
def with_parallel_iterations(api):
    w = weights(api)
    return jacobian(api, lambda api, x: coupled(api, x, w), matrix(api), parallel_iterations=2)


@program
def in_a_loop_with_parallel_iterations(api):
    options = {"experimental_use_pfor": False, "parallel_iterations": 3}
    w = weights(api)
    return jacobian(api, lambda api, x: coupled(api, x, w), matrix(api), **options)


@program
def of_a_scalar(api):
    return jacobian(api, lambda api, x: api.ops.sum(x**3), matrix(api))


@program
def in_a_scalar(api):
    return jacobian(api, lambda api, x: x * matrix(api), api.constant(2.0))


@program
def scalar_in_scalar(api):
    return jacobian(api, lambda api, x: x**2, api.constant(3.0))


@program
def structure_of_sources(api):
    x, w = matrix(api), weights(api)
    with api.GradientTape() as tape:
        tape.watch([x, w])
        y = api.ops.sum(x @ w, axis=0)
    return tape.jacobian(y, {"x": x, "rest": (w, [x])})


@program
def of_variables(api):
    v, w = api.Variable([1.0, 2.0]), api.Variable(3.0)
    with api.GradientTape() as tape:
        y = w * v**2
    return tape.jacobian(y, [v, w])


@program
def of_a_layers_variables(api):
    layer = api.layer(api.keras.layers.Dense(2, activation="tanh"), None, 2)
    with api.GradientTape() as tape:
        y = layer(matrix(api))
    return tape.jacobian(y, layer.trainable_variables)


@program
def unconnected_none(api):
    x, w = matrix(api), weights(api)
    with api.GradientTape() as tape:
        tape.watch([x, w])
        y = x * 2.0
    return tape.jacobian(y, [x, w])


@program
def unconnected_zero(api):
    x, w = matrix(api), weights(api)
    with api.GradientTape() as tape:
        tape.watch([x, w])
        y = x[0] * 2.0
    return tape.jacobian(y, [x, w], unconnected_gradients="zero")


@program
def unconnected_zero_in_a_loop(api):
    x, w = matrix(api), weights(api)
    with api.GradientTape(persistent=True) as tape:
        tape.watch([x, w])
        y = x[0] * 2.0
    options = {"unconnected_gradients": "zero", "experimental_use_pfor": False}
    return tape.jacobian(y, [x, w], **options)


@program
def of_an_intermediate_in_an_intermediate(api):
    x = api.constant([1.0, 2.0])
    with api.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        z = y * api.ops.sum(y)
    return tape.jacobian(z, y)


@program
def of_an_integer_target(api):
    x = api.constant([1.0, 3.0, 2.0])
    with api.GradientTape() as tape:
        tape.watch(x)
        y = api.ops.argsort(x)
    return tape.jacobian(y, x)


@program
def inside_the_with(api):
    x = api.constant([1.0, 2.0])
    with api.GradientTape() as tape:
        tape.watch(x)
        y = x**3
        return tape.jacobian(y, x)


@program
def twice_from_a_persistent_tape(api):
    x = api.constant([1.0, 2.0])
    with api.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x**3
        z = y * x[0]
    return tape.jacobian(y, x), tape.jacobian(z, x), tape.gradient(z, x)


@both_ways
def jacobian_of_a_jacobian(api):
    @api.way
    def run(x):
        with api.GradientTape() as outer:
            outer.watch(x)
            with api.GradientTape() as inner:
                inner.watch(x)
                y = x**3 * x[0]
            first = inner.jacobian(y, x)
        return outer.jacobian(first, x)

    return run(api.constant([1.0, 2.0]))


@both_ways
def gradient_of_a_jacobian(api):
    @api.way
    def run(x):
        with api.GradientTape() as outer:
            outer.watch(x)
            with api.GradientTape() as inner:
                inner.watch(x)
                y = api.ops.sin(x) * api.ops.sum(x)
            norm = api.ops.sum(inner.jacobian(y, x) ** 2)
        return norm, outer.gradient(norm, x)

    return run(api.constant([0.5, 1.0, -0.3]))


@program
def with_repeated_rows(api):
    def f(api, x):
        return api.ops.take(x, api.constant([2, 0, 2], "int32"), axis=0) ** 2

    return jacobian(api, f, api.constant([1.0, 2.0, 3.0]))


@program
def through_a_function(api):
    @api.function
    def f(x):
        return api.ops.sin(x) * x[0]

    x = api.constant([0.5, 1.0])
    with api.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    return tape.jacobian(y, x)


@both_ways
def of_each_example(api):
    return batch_jacobian(api, by_row, matrix(api), weights(api))


@both_ways
def of_each_example_in_a_loop(api):
    return batch_jacobian(api, by_row, matrix(api), weights(api), experimental_use_pfor=False)


@program
def of_each_example_with_parallel_iterations(api):
    return batch_jacobian(api, by_row, matrix(api), weights(api), parallel_iterations=2)


@program
def of_each_example_of_rank_three(api):
    x = api.ops.reshape(api.ops.arange(12.0), (2, 3, 2)) / 10.0
    return batch_jacobian(api, lambda api, x: api.ops.cumsum(x**2, axis=1), x)


@program
def of_each_example_without_elements(api):
    return batch_jacobian(api, lambda api, x: x**2, api.ops.zeros((2, 0)))


@program
def of_each_example_unconnected_zero(api):
    x, w = matrix(api), api.ops.ones((2, 2))
    with api.GradientTape() as tape:
        tape.watch([x, w])
        y = x * 2.0
    return tape.batch_jacobian(y, w, unconnected_gradients="zero")


@program(
    differs="TensorFlow returns zeros whatever `unconnected_gradients` says, and calls that an old "
    "behaviour that it keeps",
    ours=None,
)
def of_each_example_unconnected_none(api):
    x, w = matrix(api), api.ops.ones((2, 2))
    with api.GradientTape() as tape:
        tape.watch([x, w])
        y = x * 2.0
    return tape.batch_jacobian(y, w)


@program
def of_each_example_of_a_convolution(api):
    conv = api.layer(api.keras.layers.Conv2D(1, 2, activation="tanh"), None, 2, 3, 1)
    x = api.ops.reshape(api.ops.arange(12.0), (2, 2, 3, 1)) / 12.0
    return batch_jacobian(api, lambda api, x: conv(x), x)


@program(
    differs="TensorFlow's loop asks the tape once a row; ours walks the record once",
    ours={"float32[2,2]": [2.0, 0.0, 0.0, 4.0]},
)
def loop_without_a_persistent_tape(api):
    x = api.constant([1.0, 2.0])
    with api.GradientTape() as tape:
        tape.watch(x)
        y = x**2
    return tape.jacobian(y, x, experimental_use_pfor=False)


@program
def batches_of_different_sizes(api):
    x = matrix(api)
    with api.GradientTape() as tape:
        tape.watch(x)
        y = api.ops.concatenate([x, x])
    return tape.batch_jacobian(y, x)


@program(
    differs="a row may be one number; TensorFlow wants a second dimension",
    ours={"float32[2]": [2.0, 4.0]},
)
def batch_jacobian_of_a_vector(api):
    x = api.constant([1.0, 2.0])
    with api.GradientTape() as tape:
        tape.watch(x)
        y = x**2
    return tape.batch_jacobian(y, x)


@program
def batch_jacobian_of_a_scalar(api):
    x = matrix(api)
    with api.GradientTape() as tape:
        tape.watch(x)
        y = api.ops.sum(x)
    return tape.batch_jacobian(y, x)
