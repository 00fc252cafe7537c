"""How often Python runs, and functions that run eagerly."""

from .registry import program


@program
def appended_while_tracing(tf):
    seen = []

    @tf.function
    def step(x):
        seen.append("run")
        return x + 1

    for n in (1, 1, 2, 2, 1):
        step(tf.ones([n]))
    return seen


@program
def a_python_counter(tf):
    counter = {"n": 0}

    @tf.function
    def step(x):
        counter["n"] += 1
        return x + counter["n"]

    return [step(tf.constant(0)) for _ in range(3)], counter["n"]


@program
def an_attribute_set_inside(tf):
    class Thing:
        last = None

    thing = Thing()

    @tf.function
    def step(x):
        thing.last = int(x.shape[0])
        return x

    found = []
    for n in (1, 2, 1):
        step(tf.ones([n]))
        found.append(thing.last)
    return found


@program
def pythons_print_runs_while_tracing(tf):
    @tf.function
    def step(x):
        print("tracing", x.shape[0])
        return x

    with tf.printed("stdout") as text:
        for n in (1, 1, 2):
            step(tf.ones([n]))
    return text[0]


@program
def executing_eagerly(tf):
    seen = []

    @tf.function
    def step(x):
        seen.append(tf.executing_eagerly())
        return x

    step(tf.constant(1))
    return seen, tf.executing_eagerly()


@program
def run_eagerly(tf):
    seen = []

    @tf.function
    def step(x):
        seen.append(tf.executing_eagerly())
        return x * 2

    results = [step(tf.constant(1))]
    tf.config.run_functions_eagerly(True)
    try:
        results += [step(tf.constant(2)), step(tf.constant(3))]
        on = tf.config.functions_run_eagerly()
    finally:
        tf.config.run_functions_eagerly(False)
    results.append(step(tf.constant(4)))
    return results, seen, on, tf.config.functions_run_eagerly()


@program
def run_eagerly_counts(tf):
    step = tf.function(lambda x: x * 2)
    tf.config.run_functions_eagerly(True)
    try:
        step(tf.constant(1))
        step(tf.ones([2]))
        counts = [step.experimental_get_tracing_count()]
    finally:
        tf.config.run_functions_eagerly(False)
    step(tf.constant(1))
    return [*counts, step.experimental_get_tracing_count()]


@program
def run_eagerly_with_state(tf):
    v = tf.Variable(1.0)
    step = tf.function(lambda x: v.assign_add(x) * 1.0)
    results = []
    for eager in (False, True, False):
        tf.config.run_functions_eagerly(eager)
        results.append(step(tf.constant(1.0)))
    tf.config.run_functions_eagerly(False)
    return results, v


@program
def run_eagerly_reads_values(tf):
    @tf.function
    def step(x):
        return float(x) * 2.0

    tf.config.run_functions_eagerly(True)
    try:
        return step(tf.constant(1.5))
    finally:
        tf.config.run_functions_eagerly(False)


@program
def run_eagerly_nested(tf):
    seen = []
    inner = tf.function(lambda x: seen.append(tf.executing_eagerly()) or x)
    outer = tf.function(lambda x: inner(x) + 1)
    tf.config.run_functions_eagerly(True)
    try:
        result = outer(tf.constant(1))
    finally:
        tf.config.run_functions_eagerly(False)
    return result, seen


@program
def a_list_filled_with_tensors_of_a_step(tf):
    """The list has what tracing put there, which is nothing to compute with outside."""
    kept = []

    @tf.function
    def step(x):
        kept.append(x * 2)
        return x

    step(tf.constant(1.0))
    step(tf.constant(2.0))
    return len(kept)


@program
def iterators_are_used_up_while_tracing(tf):
    numbers = iter([1, 2, 3, 4])
    step = tf.function(lambda x: x * next(numbers))
    return [step(tf.constant(10)) for _ in range(3)], step(tf.constant([10])), next(numbers)


@program
def random_numbers_of_numpy_are_frozen_in(tf):
    import numpy as np

    generator = np.random.default_rng(0)
    step = tf.function(lambda x: x + generator.normal())
    a, b = step(tf.constant(0.0)), step(tf.constant(0.0))
    return bool(float(a) == float(b)), bool(float(a) == 0.0)
