"""Gradients through branches, loops, scans and maps, as Keras writes them."""

from .registry import both_ways, program


@both_ways
def cond_with_arguments(api):
    def f(x):
        return api.ops.cond(api.ops.sum(x) > 0, lambda: x**2, lambda: x * 3.0)

    return api.gradient(lambda x: f(x) + f(-x), api.constant([1.0, 2.0]))


@both_ways
def cond_of_a_variable(api):
    v, w = api.Variable(2.0), api.Variable(5.0)

    @api.way
    def run(x):
        with api.GradientTape() as tape:
            y = api.ops.cond(x > 0, lambda: v * v * x, lambda: w * x)
        return tape.gradient(y, [v, w], unconnected_gradients="zero")

    return run(api.constant(3.0))


@both_ways
def cond_with_structures(api):
    def f(x):
        a, b = api.ops.cond(x[0] > x[1], lambda: (x, x**2), lambda: (x**3, x))
        return a * 2.0 + b

    return api.gradient(f, api.constant([1.0, 2.0]))


@both_ways
def python_condition_on_a_shape(api):
    def f(x):
        return x**2 if x.shape[0] == 2 else x**3

    return api.gradient(f, api.constant([1.0, 2.0]))


@both_ways
def switch(api):
    def f(x, index=1):
        branches = [lambda x: x, lambda x: x**2, lambda x: x**3]
        return api.ops.switch(api.constant(index, "int32"), branches, x)

    return api.gradient(lambda x: f(x) + f(x, 2), api.constant([1.0, 2.0]))


@both_ways
def while_loop_with_a_fixed_count(api):
    def f(x):
        def body(i, y):
            return i + 1, y * api.ops.sin(x)

        return api.ops.while_loop(lambda i, y: i < 3, body, (0, x))[1]

    return api.gradient(f, api.constant([0.5, 1.0]))


@both_ways
def while_loop_until_a_value(api):
    """The number of rounds depends on the data."""

    def f(x):
        return api.ops.while_loop(lambda y: api.ops.sum(y) < 50.0, lambda y: (y * x,), (x,))[0]

    return api.gradient(f, api.constant([2.0, 3.0]))


@both_ways
def while_loop_that_never_runs(api):
    def f(x):
        return api.ops.while_loop(lambda y: api.ops.sum(y) > 50.0, lambda y: (y * x,), (x,))[0]

    return api.gradient(f, api.constant([2.0, 3.0]))


@both_ways
def while_loop_with_a_maximum(api):
    def f(x):
        goes_on = lambda y: api.ops.sum(y) < 50.0  # noqa: E731
        return api.ops.while_loop(goes_on, lambda y: (y * x,), (x,), maximum_iterations=2)[0]

    return api.gradient(f, api.constant([2.0, 3.0]))


@both_ways
def fori_loop(api):
    def f(x):
        return api.ops.fori_loop(0, 4, lambda i, y: y * x + api.ops.cast(i, "float32"), x)

    return api.gradient(f, api.constant([0.5, -1.0]))


@both_ways
def scan_over_rows(api):
    def f(x, w):
        def step(carry, row):
            carry = api.ops.tanh(carry @ w + row)
            return carry, carry * row

        carry, outs = api.ops.scan(step, api.ops.zeros((1, 2)), x)
        return api.ops.sum(carry) + api.ops.sum(outs)

    x = api.constant([[0.5, -1.0], [1.0, 0.0], [0.25, 2.0]])
    return api.gradient(f, x, api.constant([[1.0, 0.5], [-0.5, 0.25]]))


@both_ways
def map_over_rows(api):
    def f(x):
        return api.ops.map(lambda row: api.ops.sum(row) * row, x)

    return api.gradient(f, api.constant([[0.5, -1.0], [1.0, 2.0]]))


@both_ways
def vectorized_map(api):
    def f(x):
        return api.ops.vectorized_map(lambda row: api.ops.sum(row) * row, x)

    return api.gradient(f, api.constant([[0.5, -1.0], [1.0, 2.0]]))


@program
def associative_scan(api):
    def f(x):
        return api.ops.associative_scan(lambda a, b: a * b, x)

    return api.gradient(f, api.constant([0.5, -1.0, 2.0]))


@both_ways
def python_loop(api):
    def f(x):
        y = x
        for i in range(3):
            y = y * x + float(i)
        return y

    return api.gradient(f, api.constant([0.5, -1.0]))


@program
def python_condition_on_a_value(api):
    def f(x):
        return x**2 if float(api.ops.sum(x)) > 0 else x**3

    return api.gradient(lambda x: f(x) * f(-x), api.constant([0.5, 1.0]))


@both_ways
def second_derivative_of_a_loop(api):
    def first(x):
        with api.GradientTape() as tape:
            tape.watch(x)
            y = api.ops.fori_loop(0, 3, lambda i, y: y * x, x)
        return tape.gradient(y, x)

    return api.gradient(first, api.constant([0.5, 2.0]))


@both_ways
def second_derivative_of_a_branch(api):
    def first(x):
        with api.GradientTape() as tape:
            tape.watch(x)
            y = api.ops.cond(api.ops.sum(x) > 0, lambda: x**3, lambda: x**2)
        return tape.gradient(y, x)

    return api.gradient(first, api.constant([0.5, 2.0]))


@both_ways
def tape_inside_a_loop(api):
    """Gradient descent written as a loop."""

    def body(i, x):
        with api.GradientTape() as tape:
            tape.watch(x)
            y = api.ops.sum((x - 1.0) ** 2)
        return i + 1, x - 0.25 * tape.gradient(y, x)

    @api.way
    def run(x):
        return api.ops.while_loop(lambda i, x: i < 3, body, (0, x))[1]

    return run(api.constant([0.5, 2.0]))


@program(ways=("function",))
def tape_around_a_loop_of_tapes(api):
    def body(i, x):
        with api.GradientTape() as tape:
            tape.watch(x)
            y = api.ops.sum(x**3)
        return x - 0.1 * tape.gradient(y, x)

    return api.gradient(lambda x: api.ops.fori_loop(0, 2, body, x), api.constant([0.5, 2.0]))


@both_ways
def jacobian_of_a_loop(api):
    @api.way
    def run(x):
        with api.GradientTape() as tape:
            tape.watch(x)
            y = api.ops.fori_loop(0, 2, lambda i, y: y * x[0], x)
        return tape.jacobian(y, x)

    return run(api.constant([0.5, 2.0]))
