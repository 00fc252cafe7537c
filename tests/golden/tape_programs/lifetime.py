"""When a tape records and when it answers: persistent, used up, entered again, stopped, reset."""

from .registry import both_ways, program


@program
def used_up(api):
    x = api.constant(3.0)
    with api.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    tape.gradient(y, x)
    return tape.gradient(y, x)


@program
def used_up_by_a_jacobian(api):
    x = api.constant([3.0, 1.0])
    with api.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    tape.jacobian(y, x)
    return tape.gradient(y, x)


@program
def used_up_before_a_jacobian(api):
    x = api.constant([3.0, 1.0])
    with api.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    tape.gradient(y, x)
    return tape.jacobian(y, x)


@program
def used_up_before_a_batch_jacobian(api):
    x = api.constant([[3.0, 1.0]])
    with api.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    tape.gradient(y, x)
    return tape.batch_jacobian(y, x)


@program
def used_up_by_a_gradient_that_was_none(api):
    x = api.constant(3.0)
    with api.GradientTape() as tape:
        y = x * x
    first = tape.gradient(y, x)
    assert first is None
    return tape.gradient(y, x)


@program(ways=("function",))
def used_up_inside_a_function(api):
    @api.way
    def run(x):
        with api.GradientTape() as tape:
            tape.watch(x)
            y = x * x
        return tape.gradient(y, x) + tape.gradient(y, x)

    return run(api.constant(3.0))


@both_ways
def persistent(api):
    @api.way
    def run(x):
        with api.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = x * x
            z = y * y
        return tape.gradient(z, x), tape.gradient(y, x), tape.gradient(z, [y, x])

    return run(api.constant(3.0))


@program
def persistent_with_variables(api):
    v, w = api.Variable(2.0), api.Variable([1.0, 3.0])
    with api.GradientTape(True) as tape:
        a = v * w
        b = a * a
    return [tape.gradient(t, [v, w]) for t in (a, b, [a, b])]


@both_ways
def gradient_inside_the_with(api):
    @api.way
    def run(x):
        with api.GradientTape() as tape:
            tape.watch(x)
            y = x * x
            found = tape.gradient(y, x)
        return found

    return run(api.constant(3.0))


@program
def gradient_inside_the_with_ends_the_recording(api):
    x = api.constant(3.0)
    with api.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        tape.gradient(y, x)
        z = y * x
        return tape.gradient(z, x)


@both_ways
def persistent_inside_the_with_records_its_gradients(api):
    @api.way
    def run(x):
        with api.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = x**3
            first = tape.gradient(y, x)
            second = tape.gradient(first, x)
        return first, second, tape.gradient(second, x)

    return run(api.constant(2.0))


@program
def persistent_outside_the_with_does_not_record_its_gradients(api):
    x = api.constant(2.0)
    with api.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x**3
    first = tape.gradient(y, x)
    return tape.gradient(first, x)


@program
def entered_again_goes_on(api):
    x = api.constant(3.0)
    tape = api.GradientTape()
    with tape:
        tape.watch(x)
        y = x * x
    hidden = y * 2.0
    with tape:
        z = y * x + hidden
    return tape.gradient(z, [x, y])


@program
def entered_again_after_its_use(api):
    x = api.constant(3.0)
    tape, found = api.GradientTape(), []
    for power in (2, 3):
        with tape:
            tape.watch(x)
            y = x**power
        found.append(tape.gradient(y, x))
    return found


@program
def entered_again_after_its_use_watches_nothing(api):
    x = api.constant(3.0)
    tape = api.GradientTape()
    with tape:
        tape.watch(x)
        y = x * x
    tape.gradient(y, x)
    with tape:
        y = x * x
    return tape.gradient(y, x)


@program
def persistent_entered_again_after_its_use(api):
    x = api.constant(3.0)
    tape = api.GradientTape(persistent=True)
    with tape:
        tape.watch(x)
        y = x * x
    first = tape.gradient(y, x)
    with tape:
        z = y * x
    return first, tape.gradient(z, [x, y]), tape.gradient(y, x)


@program
def entered_twice_at_once(api):
    tape = api.GradientTape()
    with tape, tape:
        return 0


@both_ways
def stop_recording(api):
    @api.way
    def run(x):
        with api.GradientTape() as tape:
            tape.watch(x)
            y = x * x
            with tape.stop_recording():
                hidden = y * x
            z = y + hidden
        return tape.gradient(z, [x, hidden])

    return run(api.constant(3.0))


@program
def target_made_while_stopped(api):
    v = api.Variable(3.0)
    with api.GradientTape() as tape:
        with tape.stop_recording():
            y = v * v
    return tape.gradient(y, v), len(tape.watched_variables())


@program
def gradient_while_stopped(api):
    x = api.constant(3.0)
    with api.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x
        with tape.stop_recording():
            first = tape.gradient(y, x)
        z = first * y
    return tape.gradient(z, x), tape.gradient(first, x)


@program(
    differs="TensorFlow forgets what is watched while the tape is stopped, without a word",
    ours={"float32[]": [6.0]},
)
def watch_while_stopped(api):
    x = api.constant(3.0)
    with api.GradientTape() as tape:
        with tape.stop_recording():
            tape.watch(x)
        y = x * x
    return tape.gradient(y, x)


@program
def stopping_one_of_two_tapes(api):
    x = api.constant(3.0)
    with api.GradientTape() as outer:
        outer.watch(x)
        with api.GradientTape() as inner:
            inner.watch(x)
            y = x * x
            with inner.stop_recording():
                y = y * x
    return inner.gradient(y, x), outer.gradient(y, x)


@program
def stopped_outer_tape_does_not_see_the_inner_gradient(api):
    x = api.constant(3.0)
    with api.GradientTape(persistent=True) as outer:
        outer.watch(x)
        with api.GradientTape() as inner:
            inner.watch(x)
            y = x**3
        with outer.stop_recording():
            first = inner.gradient(y, x)
        z = first * x
    return outer.gradient(z, x), outer.gradient(first, x), outer.gradient(y, x)


@program
def stop_recording_in_a_tape_never_entered(api):
    with api.GradientTape().stop_recording():
        return 0


@program
def stop_recording_after_the_with(api):
    with api.GradientTape() as tape:
        pass
    with tape.stop_recording():
        return 0


@program
def stop_recording_twice_at_once(api):
    with api.GradientTape() as tape:
        with tape.stop_recording(), tape.stop_recording():
            return 0


@program
def reset(api):
    x, v = api.constant(2.0), api.Variable(3.0)
    with api.GradientTape() as tape:
        tape.watch(x)
        y = x * v
        tape.reset()
        tape.watch(x)
        z = y * x * v
    return tape.gradient(z, [x, v]), len(tape.watched_variables())


@program
def reset_forgets_what_was_watched(api):
    x, v = api.constant(2.0), api.Variable(1.0)
    with api.GradientTape() as tape:
        tape.watch([x, v])
        tape.reset()
        y = x * x
        empty = len(tape.watched_variables())
    return tape.gradient(y, [x, v]), empty


@program
def reset_outside(api):
    with api.GradientTape() as tape:
        pass
    return tape.reset()


@program
def reset_of_a_persistent_tape(api):
    x = api.constant(2.0)
    with api.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x
        first = tape.gradient(y, x)
        tape.reset()
        tape.watch(x)
        z = y * x
    return first, tape.gradient(z, x), tape.gradient(y, x)


@program
def gradient_without_ever_recording(api):
    x = api.constant(2.0)
    return api.GradientTape().gradient(x, x)


@program
def gradient_after_an_exception_in_the_with(api):
    x = api.constant(3.0)
    tape = api.GradientTape()
    try:
        with tape:
            tape.watch(x)
            y = x * x
            raise KeyError
    except KeyError:
        return tape.gradient(y, x)


@program
def what_follows_the_with_is_not_recorded(api):
    x = api.constant(3.0)
    with api.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x
    z = y * x
    return tape.gradient(z, x), tape.gradient([y, z], x)


@program
def a_refused_argument_does_not_use_the_tape_up(api):
    x = api.constant(3.0)
    with api.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    try:
        tape.gradient(y, x, unconnected_gradients="foo")
    except ValueError:
        return tape.gradient(y, x)
