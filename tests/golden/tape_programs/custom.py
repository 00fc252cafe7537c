"""`custom_gradient`, `stop_gradient` and `recompute_grad`."""

from .registry import WAYS, both_ways, program


@both_ways
def the_users_rule(api):
    @api.custom_gradient
    def tripled(x):
        return 3.0 * x, lambda dy: 10.0 * dy

    return api.gradient(lambda x: tripled(x) ** 2, api.constant([0.5, -1.0]))


@both_ways
def a_stable_softplus(api):
    @api.custom_gradient
    def log1pexp(x):
        e = api.ops.exp(x)
        return api.ops.log(1.0 + e), lambda dy: dy * (1.0 - 1.0 / (1.0 + e))

    return api.gradient(log1pexp, api.constant([100.0, 0.0, -3.0]))


@both_ways
def gradient_reversal(api):
    @api.custom_gradient
    def reverse(x):
        return x, lambda dy: -0.5 * dy

    return api.gradient(lambda x: reverse(x) * 3.0 + x, api.constant(2.0))


@both_ways
def straight_through_rounding(api):
    @api.custom_gradient
    def rounded(x):
        return api.ops.round(x), lambda dy: dy

    return api.gradient(lambda x: rounded(x) ** 2, api.constant([0.6, 1.2]))


@both_ways
def clipped_gradient(api):
    @api.custom_gradient
    def clipped(x):
        return x * 1.0, lambda dy: api.ops.clip(dy, -1.0, 1.0)

    return api.gradient(lambda x: clipped(x) ** 3, api.constant([0.1, 5.0, -5.0]))


@both_ways
def several_arguments_and_results(api):
    @api.custom_gradient
    def f(a, b):
        return (a + b, a * b), lambda da, db: (da + 7.0 * db, 100.0 * da)

    def loss(a, b):
        s, p = f(a, b)
        return s + 2.0 * p

    return api.gradient(loss, api.constant([1.0, 2.0]), api.constant([3.0, 4.0]))


@program
def one_of_two_results_used(api):
    @api.custom_gradient
    def f(a):
        return (a * 2.0, a * 3.0), lambda da, db: da + 10.0 * db

    return api.gradient(lambda a: f(a)[0], api.constant([1.0, 2.0]))


@program
def list_of_results(api):
    @api.custom_gradient
    def f(a):
        return [a * 2.0, a * 3.0], lambda *dy: dy[0] + 10.0 * dy[1]

    def loss(a):
        results = f(a)
        return results[0] * results[1]

    return api.gradient(loss, api.constant([1.0, 2.0]))


@program
def rule_that_returns_a_list(api):
    @api.custom_gradient
    def f(a, b):
        return a * b, lambda dy: [dy * 2.0, dy * 3.0]

    return api.gradient(f, api.constant(1.0), api.constant(4.0))


@program
def rule_that_returns_none(api):
    @api.custom_gradient
    def f(a, b):
        return a * b, lambda dy: (dy * b, None)

    return api.gradient(f, api.constant(1.0), api.constant(4.0), unconnected_gradients="zero")


@program
def keyword_arguments(api):
    @api.custom_gradient
    def power(x, n=2.0, scale=None):
        return x**n * scale, lambda dy: dy * n * scale

    return api.gradient(lambda x: power(x, n=3.0, scale=api.constant(5.0)), api.constant(2.0))


@both_ways
def second_order_goes_through_the_rule(api):
    @api.custom_gradient
    def square(x):
        return x * x, lambda dy: dy * 3.0 * x * x

    @api.way
    def run(x):
        with api.GradientTape() as outer:
            outer.watch(x)
            with api.GradientTape() as inner:
                inner.watch(x)
                y = square(x)
            first = inner.gradient(y, x)
        return first, outer.gradient(first, x)

    return run(api.constant([1.0, 2.0]))


@both_ways
def a_rule_of_the_rule(api):
    @api.custom_gradient
    def f(x):
        @api.custom_gradient
        def times(dy):
            return dy * 2.0 * x, lambda ddy: ddy * -7.0

        return x * x, times

    @api.way
    def run(x):
        with api.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        return tape.gradient(y, x)

    return run(api.constant(3.0))


@both_ways
def second_order_rule_of_its_own(api):
    @api.custom_gradient
    def f(x):
        def grad(dy):
            @api.custom_gradient
            def first(x):
                return -1.5 * x, lambda ddy: ddy * 20.0

            return dy * first(x)

        return x + 10.0, grad

    @api.way
    def run(x):
        with api.GradientTape() as outer:
            outer.watch(x)
            with api.GradientTape() as inner:
                inner.watch(x)
                y = f(x)
            first = inner.gradient(y, x)
        return first, outer.gradient(first, x)

    return run(api.constant(2.0))


@both_ways
def nested_rules(api):
    @api.custom_gradient
    def inner(x):
        return x * 2.0, lambda dy: dy * 5.0

    @api.custom_gradient
    def outer(x):
        return inner(x) + 1.0, lambda dy: dy * 7.0

    return api.gradient(lambda x: inner(outer(x)), api.constant(3.0))


@both_ways
def with_a_variable(api):
    v = api.Variable(2.0)

    @api.custom_gradient
    def times_v(x):
        def grad(dy, variables=None):
            return dy * 100.0, [api.ops.sum(dy) * 1000.0 * len(variables)]

        return x * v, grad

    @api.way
    def run(x):
        with api.GradientTape() as tape:
            tape.watch(x)
            y = times_v(x)
        return tape.gradient(y, [x, v])

    return run(api.constant([1.0, 2.0]))


@program
def variable_as_an_argument(api):
    v = api.Variable(3.0)

    @api.custom_gradient
    def square(x):
        return x * x, lambda dy: dy * 2.0 * x + 1.0

    with api.GradientTape() as tape:
        y = square(v + 0.0)
    return tape.gradient(y, v)


@program
def inside_a_function(api):
    @api.custom_gradient
    def tripled(x):
        return 3.0 * x, lambda dy: 10.0 * dy

    @api.function
    def f(x):
        return tripled(x) * x

    return api.gradient(f, api.constant([0.5, -1.0]))


@program
def around_a_function(api):
    @api.function
    def cube(x):
        return x**3

    @api.custom_gradient
    def f(x):
        return cube(x), lambda dy: dy * cube(x)

    return api.gradient(f, api.constant([0.5, -1.0]))


@program
def tape_inside_a_rule(api):
    @api.custom_gradient
    def f(x):
        def grad(dy):
            with api.GradientTape() as tape:
                tape.watch(x)
                y = x**3
            return dy * 2.0 * tape.gradient(y, x)

        return x**3, grad

    return api.gradient(f, api.constant([1.0, 2.0]))


@program
def jacobian_through_a_rule(api):
    @api.custom_gradient
    def tripled(x):
        return 3.0 * x, lambda dy: 10.0 * dy

    x = api.constant([1.0, 2.0])
    with api.GradientTape() as tape:
        tape.watch(x)
        y = tripled(x) * x[0]
    return tape.jacobian(y, x)


@program
def rule_that_raises(api):
    @api.custom_gradient
    def f(x):
        def grad(dy):
            raise RuntimeError("the user's own")

        return x * 2.0, grad

    return api.gradient(f, api.constant(1.0))


@both_ways
def stop_gradient(api):
    def f(x):
        return x * api.stop_gradient(x) + api.ops.stop_gradient(x * x) * x

    return api.gradient(f, api.constant([2.0, 3.0]))


@both_ways
def stop_gradient_of_the_source_itself(api):
    return api.gradient(lambda x: api.stop_gradient(x) * 2.0, api.constant(2.0))


@program
def stopped_tensor_as_source(api):
    x = api.constant(2.0)
    with api.GradientTape() as tape:
        tape.watch(x)
        cut = api.stop_gradient(x * x)
        tape.watch(cut)
        y = cut * x
    return tape.gradient(y, [x, cut])


@program
def stop_gradient_of_a_variable(api):
    v = api.Variable(2.0)
    with api.GradientTape() as tape:
        y = v * api.stop_gradient(v)
    return tape.gradient(y, v), len(tape.watched_variables())


@program
def stop_gradient_by_straight_through(api):
    """x + stop(round(x) - x): the value of one, the gradient of the other."""

    def f(x):
        return (x + api.stop_gradient(api.ops.round(x) - x)) ** 2

    return api.gradient(f, api.constant([0.6, 1.2]))


@both_ways
def recompute(api):
    block = api.recompute_grad(lambda x: api.ops.sin(api.ops.sin(x) * x))
    return api.gradient(lambda x: block(block(x)), api.constant([0.5, 1.0]))


@program(ways=WAYS)
def recompute_with_variables(api):
    v = api.Variable([1.0, 2.0])
    block = api.recompute_grad(lambda x: api.ops.tanh(x * v))

    @api.way
    def run(x):
        with api.GradientTape() as tape:
            tape.watch(x)
            y = block(x)
        return tape.gradient(y, [x, v])

    return run(api.constant([0.5, -1.0]))


@program
def recompute_with_several_arguments(api):
    block = api.recompute_grad(lambda x, y: api.ops.exp(x) * y)
    return api.gradient(block, api.constant([0.5, -1.0]), api.constant([2.0, 3.0]))
