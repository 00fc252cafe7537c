"""What `gradient` may be asked: structures, sums, repetitions, None, seeds, unconnected sources."""

from collections import OrderedDict, namedtuple

import numpy as np

from .registry import both_ways, program

Pair = namedtuple("Pair", "first second")


def three(api):
    return api.constant(2.0), api.constant(3.0), api.constant([1.0, -2.0])


def recorded(api, f, *sources, **options):
    """A used tape and what `f` gave."""
    with api.GradientTape(**options) as tape:
        tape.watch(sources)
        y = f(*sources)
    return tape, y


@both_ways
def one_source(api):
    return api.gradient(lambda x: x * x, api.constant(3.0))


@both_ways
def list_tuple_and_dict_of_sources(api):
    x, y, z = three(api)

    @api.way
    def run(x, y, z):
        tape, out = recorded(api, lambda x, y, z: x * y * z, x, y, z)
        return tape.gradient(out, {"b": [x, (y,)], "a": {"inner": (z, [x, x])}})

    return run(x, y, z)


@program
def dict_keeps_the_order_of_its_keys(api):
    """Its values are often zipped with those of the sources."""
    x, y, _ = three(api)
    tape, out = recorded(api, lambda x, y: x**2 * y, x, y)
    return [(key, value) for key, value in tape.gradient(out, {"w": x, "b": y}).items()]


@program
def named_tuple_of_sources(api):
    x, y, _ = three(api)
    tape, out = recorded(api, lambda x, y: x**2 * y, x, y)
    found = tape.gradient(out, Pair(x, y))
    return type(found).__name__, list(found)


@program
def ordered_dict_of_sources(api):
    x, y, _ = three(api)
    tape, out = recorded(api, lambda x, y: x**2 * y, x, y)
    found = tape.gradient(out, OrderedDict([("z", x), ("a", y)]))
    return type(found).__name__, dict(found)


@program
def list_that_a_layer_keeps(api):
    """Keras wraps it, to find the variables in there."""

    class Scaled(api.keras.layers.Layer):
        def build(self, shape):
            self.scales = [self.add_weight(shape=(), initializer="ones") for _ in range(2)]

        def call(self, x):
            return x * self.scales[0] + x**2 * self.scales[1]

    layer = Scaled()
    layer.build(())
    tape, y = recorded(api, layer, api.constant(3.0))
    return list(tape.gradient(y, layer.scales))


@program
def dict_that_a_layer_keeps(api):
    class Scaled(api.keras.layers.Layer):
        def build(self, shape):
            self.scales = {n: self.add_weight(shape=(), initializer="ones") for n in "ba"}

        def call(self, x):
            return x * self.scales["a"] + x**2 * self.scales["b"]

    layer = Scaled()
    layer.build(())
    tape, y = recorded(api, layer, api.constant(3.0))
    return dict(tape.gradient(y, layer.scales))


@program
def empty_sources(api):
    x, _, _ = three(api)
    tape, y = recorded(api, lambda x: x * x, x, persistent=True)
    return [tape.gradient(y, empty) for empty in ([], (), {}, [[], ()])]


@program
def empty_target(api):
    x, _, _ = three(api)
    tape, _ = recorded(api, lambda x: x * x, x, persistent=True)
    return [tape.gradient(empty, [x, x]) for empty in ([], (), {})]


@program
def empty_target_with_zeros(api):
    x, _, _ = three(api)
    tape, _ = recorded(api, lambda x: x * x, x)
    return tape.gradient([], [x], unconnected_gradients="zero")


@both_ways
def the_same_source_three_times(api):
    x, y, _ = three(api)

    @api.way
    def run(x, y):
        tape, out = recorded(api, lambda x, y: x * x * y, x, y)
        return tape.gradient(out, [x, y, x, (x,)])

    return run(x, y)


@program
def the_same_variable_twice(api):
    v = api.Variable([1.0, 2.0])
    with api.GradientTape() as tape:
        y = v * v
    return tape.gradient(y, [v, v])


@both_ways
def several_targets_are_summed(api):
    x, y, z = three(api)

    @api.way
    def run(x, y, z):
        tape, out = recorded(api, lambda *a: {"s": a[0] * a[1], "t": [a[2] ** 2, a[2]]}, x, y, z)
        return tape.gradient(out, [x, y, z])

    return run(x, y, z)


@program
def the_same_target_twice(api):
    x, _, _ = three(api)
    tape, y = recorded(api, lambda x: x**3, x)
    return tape.gradient([y, (y, y)], x)


@program
def targets_of_different_shapes_and_dtypes(api):
    x = api.constant([1.0, 2.0, 3.0])
    tape, out = recorded(
        api, lambda x: [api.ops.sum(x), x[:2] ** 2, api.ops.cast(x, "float16") * 2], x
    )
    return tape.gradient(out, x)


@both_ways
def array_target_is_summed(api):
    return api.gradient(lambda x: x**3, api.constant([[1.0, -2.0], [0.5, 0.0]]))


@both_ways
def broadcast_sources_are_summed(api):
    x, row, column = api.constant(2.0), api.constant([1.0, 2.0]), api.constant([[3.0], [4.0]])
    return api.gradient(lambda a, b, c: a * b + b * c, x, row, column)


@program
def target_is_source(api):
    x, _, _ = three(api)
    tape, y = recorded(api, lambda x: x * x, x, persistent=True)
    return tape.gradient(y, [x, y]), tape.gradient(x, x), tape.gradient([x, y], x)


@program
def target_is_source_but_unwatched(api):
    x, y, _ = three(api)
    tape, _ = recorded(api, lambda x: x * x, x)
    return tape.gradient(y, y)


@program
def variable_is_target_and_source(api):
    v, w = api.Variable(2.0), api.Variable(3.0)
    tape, _ = recorded(api, lambda: v * w, persistent=True)
    return tape.gradient(v, v), tape.gradient(v, w), tape.gradient([v, w], [v, w])


@program
def variable_never_read_is_target_and_source(api):
    v = api.Variable(2.0)
    tape, _ = recorded(api, lambda x: x * x, api.constant(1.0))
    return tape.gradient(v, v)


@program
def target_is_a_variable_after_its_read(api):
    """The read that was recorded is not the variable."""
    v = api.Variable(2.0)
    tape, _ = recorded(api, lambda: v * 3.0)
    return tape.gradient([v * 5.0, v], v)


@both_ways
def intermediate_sources(api):
    x, _, _ = three(api)

    @api.way
    def run(x):
        with api.GradientTape() as tape:
            tape.watch(x)
            y = x * x
            z = y * y * x
        return tape.gradient(z, [x, y, z])

    return run(x)


@program
def source_made_after_the_target(api):
    x, _, _ = three(api)
    with api.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        z = y * x
    return tape.gradient(y, z)


@program
def unwatched_source(api):
    x, y, _ = three(api)
    tape, out = recorded(api, lambda x: x * y, x)
    return tape.gradient(out, [y, x])


@program
def equal_numbers_are_different_tensors(api):
    x, twin = api.constant(3.0), api.constant(3.0)
    tape, y = recorded(api, lambda a, b: a + b * b, x, twin)
    return tape.gradient(y, [x, twin])


@both_ways
def unconnected_zero(api):
    x, y, z = three(api)

    @api.way
    def run(x, y, z):
        tape, out = recorded(api, lambda x, y, z: x * 2, x, y, z)
        return tape.gradient(out, {"x": x, "y": y, "z": z}, unconnected_gradients="zero")

    return run(x, y, z)


@both_ways
def unconnected_none(api):
    x, y, z = three(api)

    @api.way
    def run(x, y, z):
        tape, out = recorded(api, lambda x, y, z: x * 2, x, y, z)
        return tape.gradient(out, [z, x, y], unconnected_gradients="none")

    return run(x, y, z)


@program
def unconnected_by_enumeration(api):
    v = api.Variable([[1.0, 2.0]])
    tape, y = recorded(api, lambda x: x * 2, api.constant(1.0), persistent=True)
    modes = api.UnconnectedGradients
    return [tape.gradient(y, v, unconnected_gradients=m) for m in (modes.ZERO, modes.NONE)]


@program
def unconnected_zero_takes_the_sources_dtype(api):
    halves, v = api.constant([1.0, 2.0], "float16"), api.Variable([1.0], dtype="bfloat16")
    tape, y = recorded(api, lambda x: x * 2, api.constant(1.0))
    return tape.gradient(y, [halves, v], unconnected_gradients="zero")


@both_ways
def output_gradients(api):
    x = api.constant([1.0, 2.0, 3.0])
    return api.gradient(lambda x: x**2, x, output_gradients=api.constant([1.0, 0.0, -2.0]))


@program
def output_gradients_of_several_targets(api):
    x, y, z = three(api)
    tape, out = recorded(api, lambda x, y, z: [x * y, z**2], x, y, z)
    seeds = [api.constant(10.0), api.constant([1.0, 2.0])]
    return tape.gradient(out, [x, y, z], output_gradients=seeds)


@program
def output_gradients_in_a_dict(api):
    """Matched in the order of the sorted keys."""
    x, _, _ = three(api)
    tape, out = recorded(api, lambda x: {"b": x * 2, "a": x**3}, x)
    return tape.gradient(out, x, {"b": api.constant(10.0), "a": api.constant(1.0)})


@program(
    differs="TensorFlow refuses None among several; ours takes it for ones",
    ours={"float32[]": [14.0]},
)
def output_gradients_with_none(api):
    x, _, _ = three(api)
    tape, out = recorded(api, lambda x: [x**2, 5 * x], x)
    return tape.gradient(out, x, output_gradients=[None, api.constant(2.0)])


@program
def output_gradients_as_python_numbers(api):
    x, _, z = three(api)
    tape, out = recorded(api, lambda x, z: [x**2, z**2], x, z)
    return tape.gradient(out, [x, z], output_gradients=[3.0, np.array([1.0, 10.0], "float32")])


@program
def output_gradient_is_a_variable(api):
    x, _, _ = three(api)
    tape, y = recorded(api, lambda x: x**2, x)
    return tape.gradient(y, x, output_gradients=api.Variable(3.0))


@program
def output_gradient_for_the_source_itself(api):
    x, y, _ = three(api)
    tape, z = recorded(api, lambda x, y: x * y, x, y)
    return tape.gradient([z, x], [x, y], output_gradients=[api.constant(1.0), api.constant(5.0)])


@program
def output_gradient_zero_is_not_none(api):
    x, _, _ = three(api)
    tape, y = recorded(api, lambda x: x**2, x)
    return tape.gradient(y, x, output_gradients=api.constant(0.0))


@program
def arguments_by_position(api):
    x, y, _ = three(api)
    tape, out = recorded(api, lambda x: x**2, x)
    return tape.gradient(out, [x, y], api.constant(2.0), "zero")
