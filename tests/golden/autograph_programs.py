"""Small programs whose Python control flow depends on tensors, for TensorFlow and for glasstape.

Each takes an `Api` and returns numbers, tensors or nested lists of them. One that refuses is
written down by the built-in class of its error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from keras import layers, ops


class Api(NamedTuple):
    """What the two libraries have in common: ``tf`` or ``glasstape``, and Keras on top of it."""

    lib: Any
    keras: Any

    def scalar(self, value: Any) -> Any:
        """A tensor of one number."""
        return ops.convert_to_tensor(value)

    def vector(self, *values: float) -> Any:
        """A float32 tensor."""
        return ops.convert_to_tensor(np.array(values, "float32"))

    def each(self, step: Callable[..., Any], *inputs: Any) -> list[Any]:
        """Results of one compiled step for several scalars."""
        step = self.lib.function(step)
        return [step(self.scalar(value)) for value in inputs]


class Program(NamedTuple):
    """A program.

    Attributes:
        run: (api) -> result.
        ours: Why glasstape gives another answer than TensorFlow, or None.
    """

    run: Callable[[Api], Any]
    ours: str | None


PROGRAMS: dict[str, Program] = {}


def program(run: Any = None, *, ours: str | None = None) -> Any:
    """Add a program under its function's name."""
    if run is None:
        return lambda run: program(run, ours=ours)
    PROGRAMS[run.__name__] = Program(run, ours)
    return run


def describe(value: Any) -> Any:
    """A result as JSON: dtype and numbers of each tensor."""
    if isinstance(value, list | tuple):
        return [describe(v) for v in value]
    if isinstance(value, dict):
        return {k: describe(v) for k, v in value.items()}
    if value is None or isinstance(value, str):
        return value
    array = np.asarray(value)
    # JAX has 32 bits for 64.
    dtype = {"int64": "int32", "float64": "float32"}.get(str(array.dtype), str(array.dtype))
    if array.dtype.kind == "f":
        array = np.round(array.astype("float64"), 6)
    return {"dtype": dtype, "values": array.tolist()}


# ----- if -----


@program
def if_else(api):
    def step(x):
        if x > 0:  # noqa: SIM108 - statements are what is tested
            y = x * 2
        else:
            y = -x
        return y

    return api.each(step, 3.0, -3.0)


@program
def if_without_else(api):
    def step(x):
        y = x
        if x > 0:
            y = y * 10
        return y

    return api.each(step, 3.0, -3.0)


@program
def elif_chain(api):
    def step(x):
        if x < -1:
            y = 0.0
        elif x < 1:
            y = 1.0
        elif x < 2:
            y = 2.0
        else:
            y = 3.0
        return y

    return api.each(step, -3.0, 0.0, 1.5, 9.0)


@program
def early_return(api):
    def step(x):
        if x > 2:
            return x
        if x > 0:
            return x * 10
        return -x

    return api.each(step, 3.0, 1.0, -1.0)


@program
def nested_if(api):
    def step(x):
        y = x
        if x > 0:
            if x > 2:
                y = x * 2
            y = y + 1
        elif x < -2:
            y = x * 3
        return y

    return api.each(step, 3.0, 1.0, -1.0, -3.0)


@program
def a_temporary_name_in_a_branch(api):
    def step(x):
        y = x
        if x > 0:
            squared = x * x
            y = squared + 1
        return y

    return api.each(step, 2.0, -2.0)


@program
def several_variables_and_structures(api):
    def step(x):
        pair, named = (x, x), {"a": x}
        if x > 0:
            pair, named = (x + 1, x + 2), {"a": x * 2}
        return pair, named

    return api.each(step, 2.0, -2.0)


@program
def conditional_expression(api):
    return api.each(lambda x: x * 2 if x > 0 else -x, 3.0, -3.0)


@program
def and_or_not(api):
    def step(x):
        a = x > 0 and x < 2
        b = x < 0 or x > 2
        return a, b, not a, a and not b

    return api.each(step, 1.0, -1.0, 3.0)


@program
def chained_comparison(api):
    return api.each(lambda x: 0 < x < 2, 1.0, -1.0, 3.0)


@program
def python_values_stay_python(api):
    def step(x):
        names = []
        for name in ("a", "b"):
            if name != "b":
                names.append(name)
                x = x + 1
        n = 0
        while n < 3:
            n += 1
            x = x * 2
        return x

    return api.each(step, 1.0)


@program
def a_variable_of_one_branch(api):
    def step(x):
        if x > 0:
            y = x
        return y

    return api.each(step, 1.0)


@program
def other_dtypes_in_branches(api):
    def step(x):
        if x > 0:  # noqa: SIM108
            y = 1
        else:
            y = 2.5
        return y

    return api.each(step, 1.0)


@program
def none_in_one_branch(api):
    def step(x):
        if x > 0:  # noqa: SIM108
            y = None
        else:
            y = x
        return y

    return api.each(step, 1.0)


@program
def other_structures_in_branches(api):
    def step(x):
        if x > 0:  # noqa: SIM108
            y = (x, x)
        else:
            y = x
        return y

    return api.each(step, 1.0)


@program
def a_return_in_one_branch(api):
    def step(x):
        if x > 0:
            return x

    return api.each(step, 1.0)


@program
def a_condition_with_an_axis(api):
    @api.lib.function
    def step(x):
        if x > 0:
            return x
        return -x

    return step(api.vector(1, 2))


@program
def a_condition_of_one_element(api):
    @api.lib.function
    def step(x):
        y = x
        if x > 0:
            y = -y
        while y < 3:
            y = y + 2
        return y

    return [step(api.vector(1)), step(ops.expand_dims(api.vector(-4), 0))]


@program(ours="a number is true when it is not zero, as in Python and in eager code")
def a_number_as_a_condition(api):
    def step(x):
        y = x
        if x:
            y = y + 1
        return y

    return api.each(step, 2, 0)


# ----- loops -----


@program
def while_loop(api):
    def step(n):
        i, total = 0, 0
        while i < n:
            total += i
            i += 1
        return total, i

    return api.each(step, 5, 0)


@program
def while_with_break_and_continue(api):
    def step(n):
        i, total = 0, 0
        while i < n:
            i += 1
            if i % 2 == 0:
                continue
            if i > 6:
                break
            total += i
        return total, i

    return api.each(step, 4, 100)


@program(ours="the rounds before a tensor decides run in Python, the others in the program")
def while_true(api):
    def step(x):
        while True:
            x = x * 2
            if x > 100:
                break
        return x

    return api.each(step, 1.0, 99.0)


@program
def collatz(api):
    def step(n):
        steps = 0
        while n != 1:
            if n % 2 == 0:  # noqa: SIM108
                n = n // 2
            else:
                n = 3 * n + 1
            steps += 1
        return steps

    return api.each(step, 1, 6, 27)


@program
def for_over_a_tensor(api):
    @api.lib.function
    def step(xs):
        total = 0.0
        for x in xs:
            total += x * x
        return total

    return step(api.vector(1, 2, 3))


@program
def for_over_rows(api):
    @api.lib.function
    def step(xs):
        total = ops.zeros((2,))
        for row in xs:
            total = total * 0.5 + row
        return total

    return step(ops.reshape(api.vector(1, 2, 3, 4, 5, 6), (3, 2)))


@program
def for_with_break(api):
    @api.lib.function
    def step(xs):
        total = 0.0
        for x in xs:
            if x < 0:
                break
            total += x
        return total

    return [step(api.vector(1, 2, -3, 4)), step(api.vector(1, 2, 3, 4))]


@program
def for_with_continue(api):
    @api.lib.function
    def step(xs):
        total = 0.0
        for x in xs:
            if x < 0:
                continue
            total += x
        return total

    return step(api.vector(1, 2, -3, 4))


@program(ours="TensorFlow refuses a return inside of a loop")
def return_from_a_loop(api):
    @api.lib.function
    def step(xs):
        for x in xs:
            if x > 2:
                return x
        return -1.0

    return [step(api.vector(1, 2, 3, 4)), step(api.vector(1, 2))]


@program(ours="TensorFlow refuses a return inside of a loop")
def return_from_a_while(api):
    def step(n):
        i = 0
        while i < n:
            if i * i > 10:
                return i
            i += 1
        return -i

    return api.each(step, 10, 3)


@program
def for_over_a_range_of_a_tensor(api):
    def step(n):
        total = 0
        for i in range(n):
            total += i * i
        return total

    return api.each(step, 4, 0)


@program
def for_over_a_range_with_steps(api):
    def step(n):
        total = 0
        for i in range(n, 0, -2):
            total = total * 10 + i
        return total

    return api.each(step, 7, -1)


@program
def nested_loops(api):
    def step(n):
        total = 0
        for i in range(n):
            for j in range(i):
                if (i + j) % 2 == 0:
                    continue
                total += i * j
        return total

    return api.each(step, 5)


@program
def fibonacci(api):
    def step(n):
        a, b = 0, 1
        for _ in range(n):
            a, b = b, a + b
        return a

    return api.each(step, 0, 1, 10)


@program
def a_variable_first_assigned_in_a_loop(api):
    @api.lib.function
    def step(xs):
        for x in xs:
            last = x * 2
        return last

    return step(api.vector(1, 2, 3))


@program
def the_loops_own_variable_afterwards(api):
    def step(n):
        i = 0
        for i in range(n):  # noqa: B007
            pass
        return i

    return api.each(step, 5)


@program
def a_shape_that_grows(api):
    @api.lib.function
    def step(xs):
        found = ops.zeros((1,))
        for x in xs:
            found = ops.concatenate([found, ops.reshape(x, (1,))])
        return found

    return step(api.vector(1, 2, 3))


@program
def a_dtype_that_changes(api):
    @api.lib.function
    def step(xs):
        total = ops.cast(0, "int32")
        for x in xs:
            total = ops.cast(total, "float32") + x
        return total

    return step(api.vector(1, 2, 3))


@program
def a_list_that_grows(api):
    @api.lib.function
    def step(xs):
        found = []
        for x in xs:
            found.append(x)
        return ops.stack(found)

    return step(api.vector(1, 2, 3))


@program
def a_loop_over_a_scalar(api):
    def step(x):
        for y in x:
            x = y
        return x

    return api.each(step, 1.0)


# ----- functions -----


@program
def functions_called_by_the_step(api):
    def clip(x):
        if x > 1:
            return x * 0 + 1
        return x

    def twice(f, x):
        return f(f(x) * 2)

    return api.each(lambda x: twice(clip, x), 0.25, 0.75)


@program
def recursion_with_a_python_condition(api):
    def power(x, n):
        if n == 0:
            return x * 0 + 1
        if x > 0:
            return x * power(x, n - 1)
        return -x * power(x, n - 1)

    return api.each(lambda x: power(x, 3), 2.0, -2.0)


@program
def methods(api):
    class Counter:
        def __init__(self):
            self.scale = 3.0

        def times(self, x):
            return x * self.scale if x > 0 else x

        def __call__(self, x):
            return self.times(x) + 1

    counter = Counter()
    return [*api.each(counter.times, 2.0, -2.0), *api.each(lambda x: counter(x), 2.0, -2.0)]


@program(ours="TensorFlow loses what a branch assigns to a name of the function around it")
def closures_that_assign(api):
    def step(x):
        best = x

        def consider(y):
            nonlocal best
            if y > best:
                best = y

        consider(x * 2)
        consider(x - 1)
        return best

    return api.each(step, 1.0, -1.0)


@program
def int_and_float(api):
    return api.each(lambda x: (int(x), float(x)), 2.75)


@program
def attributes_in_branches(api):
    class Box:
        value = None

    box = Box()

    def step(x):
        box.value = x
        if x > 0:
            box.value = x * 2
        return box.value

    return api.each(step, 2.0, -2.0)


# ----- state and gradients -----


@program
def a_variable_assigned_in_a_branch(api):
    v = api.keras.Variable(1.0)

    def step(x):
        if x > 0:
            v.assign_add(x)
        else:
            v.assign(v * 2)
        return v + 0

    return api.each(step, 2.0, -1.0, 4.0)


@program
def a_variable_assigned_in_a_loop(api):
    v = api.keras.Variable(1.0)

    @api.lib.function
    def step(xs):
        for x in xs:
            v.assign(v * x)
            if v > 5:
                v.assign(0.5)
        return v + 0

    return [step(api.vector(1, 2, 3, 4)), step(api.vector(3, 3))]


@program
def gradient_of_a_branch(api):
    def step(x):
        with api.lib.GradientTape() as tape:
            tape.watch(x)
            y = x * x if x > 0 else 3 * x
        return tape.gradient(y, x)

    return api.each(step, 2.0, -2.0)


@program
def gradient_of_a_loop(api):
    def step(x):
        with api.lib.GradientTape() as tape:
            tape.watch(x)
            y = x
            while y < 10:
                y = y * x
        return tape.gradient(y, x)

    return api.each(step, 2.0, 3.0)


@program
def gradient_with_break(api):
    @api.lib.function
    def step(xs):
        with api.lib.GradientTape() as tape:
            tape.watch(xs)
            total = 0.0
            for x in xs:
                if total > 3:
                    break
                total += x * x
        return tape.gradient(total, xs)

    return step(api.vector(1, 2, 3))


@program
def a_training_loop(api):
    w = api.keras.Variable([0.5, -0.5])
    optimizer = api.keras.optimizers.Adam(0.1)
    optimizer.build([w])

    @api.lib.function
    def train(xs, ys):
        total = 0.0
        for x, y in zip(ops.split(xs, 3), ops.split(ys, 3), strict=True):
            with api.lib.GradientTape() as tape:
                loss = ops.mean((ops.sum(w * x, axis=-1) - y) ** 2)
            gradients = tape.gradient(loss, [w])
            if loss > 0.1:
                optimizer.apply_gradients(zip(gradients, [w], strict=True))
            total += loss
        return total

    x = ops.reshape(api.vector(1, 2, 3, 4, 5, 6), (3, 2))
    return [train(x, api.vector(1, 2, 3)), w + 0]


@program
def a_training_loop_over_a_tensor(api):
    w = api.keras.Variable(0.5)
    optimizer = api.keras.optimizers.Adam(0.1)
    optimizer.build([w])
    mean = api.keras.metrics.Mean()

    @api.lib.function
    def train(xs):
        for x in xs:
            with api.lib.GradientTape() as tape:
                loss = (w * x - 1) ** 2
            gradients = tape.gradient(loss, [w])
            optimizer.apply_gradients([(gradients[0], w)])
            mean.update_state(loss)
        return mean.result()

    return [train(api.vector(1, 2, 3, 4)), w + 0, optimizer.iterations + 0]


@program(ours="Keras 3 does not translate the call of a layer on TensorFlow")
def a_layer_of_the_users(api):
    class Signed(layers.Layer):
        def __init__(self):
            super().__init__()
            self.inner = layers.Dense(1, kernel_initializer="ones")

        def call(self, x):
            y = self.inner(x)
            if ops.sum(y) > 0:
                return y
            return -2 * y

    model = api.keras.Sequential([Signed()])

    @api.lib.function
    def step(x):
        with api.lib.GradientTape() as tape:
            y = ops.sum(model(x))
        return y, tape.gradient(y, model.trainable_variables[0])

    return [step(ops.reshape(api.vector(1, 2), (1, 2))), step(-ops.ones((1, 2)))]
