"""What is refused: the type of the error is compared."""

import numpy as np

from .registry import program


def recorded(api, **options):
    x = api.constant([2.0, 3.0])
    with api.GradientTape(**options) as tape:
        tape.watch(x)
        y = x * x
    return tape, x, y


def watch(api, value):
    with api.GradientTape() as tape:
        tape.watch(value)


WATCHED = {
    "array_of_numpy": lambda: np.ones(2, "float32"),
    "number": lambda: 1.0,
    "nothing": lambda: None,
    "string": lambda: "x",
    "number_in_a_list": lambda: [1.0],
    "object": object,
}


def _add(name, make):
    @program(name=f"watch_{name}")
    def run(api):
        return watch(api, make())


for _name, _make in WATCHED.items():
    _add(_name, _make)


@program
def target_none(api):
    tape, x, _ = recorded(api)
    return tape.gradient(None, x)


@program
def target_none_in_a_list(api):
    tape, x, y = recorded(api)
    return tape.gradient([y, None], x)


@program
def target_number(api):
    tape, x, _ = recorded(api)
    return tape.gradient(1.0, x)


@program
def target_of_numpy(api):
    tape, x, _ = recorded(api)
    return tape.gradient(np.ones(2, "float32"), x)


@program
def target_string(api):
    tape, x, _ = recorded(api)
    return tape.gradient("loss", x)


@program
def target_function(api):
    tape, x, _ = recorded(api)
    return tape.gradient(lambda: 1.0, x)


@program
def source_none(api):
    tape, _, y = recorded(api)
    return tape.gradient(y, None)


@program
def source_none_in_a_list(api):
    tape, x, y = recorded(api)
    return tape.gradient(y, [x, None])


@program
def source_number(api):
    tape, _, y = recorded(api)
    return tape.gradient(y, 2.0)


@program
def source_of_numpy(api):
    tape, _, y = recorded(api)
    return tape.gradient(y, [np.ones(2, "float32")])


@program
def source_layer(api):
    layer = api.layer(api.keras.layers.Dense(2), None, 2)
    tape, _, y = recorded(api)
    return tape.gradient(y, layer)


@program
def unknown_mode(api):
    tape, x, y = recorded(api)
    return tape.gradient(y, x, unconnected_gradients="nonsense")


@program
def unknown_mode_of_a_jacobian(api):
    tape, x, y = recorded(api)
    return tape.jacobian(y, x, unconnected_gradients="nonsense")


@program
def mode_none(api):
    tape, x, y = recorded(api)
    return tape.gradient(y, x, unconnected_gradients=None)


@program(differs="TensorFlow ignores those it has no target for", ours={"raises": "ValueError"})
def too_many_output_gradients(api):
    tape, x, y = recorded(api)
    return tape.gradient(y, x, output_gradients=[api.ops.ones((2,)), api.ops.ones((2,))])


@program(differs="TensorFlow takes the missing ones for ones", ours={"raises": "ValueError"})
def too_few_output_gradients(api):
    tape, x, y = recorded(api)
    return tape.gradient([y, x], x, output_gradients=[api.ops.ones((2,))])


@program
def output_gradient_of_the_wrong_shape(api):
    tape, x, y = recorded(api)
    return tape.gradient(y, x, output_gradients=api.ops.ones((3,)))


@program(
    differs="in TensorFlow it depends on the operation whether another shape is an error",
    ours={"raises": "ValueError"},
)
def output_gradient_that_broadcasts(api):
    tape, x, y = recorded(api)
    return tape.gradient(y, x, output_gradients=api.constant(2.0))


@program(
    differs="TensorFlow refuses it in most operations; ours converts it",
    ours={"float32[2]": [4.0, 6.0]},
)
def output_gradient_of_another_dtype(api):
    tape, x, y = recorded(api)
    return tape.gradient(y, x, output_gradients=api.ops.ones((2,), "float16"))


@program
def jacobian_of_a_list(api):
    tape, x, y = recorded(api)
    return tape.jacobian([y], x)


@program
def jacobian_of_none(api):
    tape, x, _ = recorded(api)
    return tape.jacobian(None, x)


@program
def batch_jacobian_in_a_list(api):
    x = api.ops.ones((2, 2))
    with api.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    return tape.batch_jacobian(y, [x])


@program
def custom_gradient_without_a_rule(api):
    f = api.custom_gradient(lambda x: x * 2.0)
    x = api.constant(2.0)
    with api.GradientTape() as tape:
        tape.watch(x)
        f(x)


@program
def custom_gradient_with_too_few_gradients(api):
    f = api.custom_gradient(lambda a, b: (a * b, lambda dy: dy))
    a, b = api.constant(2.0), api.constant(3.0)
    with api.GradientTape() as tape:
        tape.watch([a, b])
        y = f(a, b)
    return tape.gradient(y, [a, b])


@program
def custom_gradient_with_an_empty_list(api):
    f = api.custom_gradient(lambda a: (a * 2.0, lambda dy: []))
    a = api.constant(2.0)
    with api.GradientTape() as tape:
        tape.watch(a)
        y = f(a)
    return tape.gradient(y, a)


@program
def custom_gradient_without_a_place_for_variables(api):
    v = api.Variable(2.0)
    f = api.custom_gradient(lambda x: (x * v, lambda dy: dy))
    x = api.constant(2.0)
    with api.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    return tape.gradient(y, x)


@program(
    differs="TensorFlow hands on a gradient that does not fit its source",
    ours={"raises": "ValueError"},
)
def custom_gradient_of_the_wrong_shape(api):
    f = api.custom_gradient(lambda x: (x * 2.0, lambda dy: api.ops.ones((3,))))
    x = api.constant([2.0, 1.0])
    with api.GradientTape() as tape:
        tape.watch(x)
        y = f(x) * 1.0
    return tape.gradient(y, x)
