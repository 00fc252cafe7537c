"""What we rely on of JAX' symbolic dimensions, and that nothing of ours stays behind."""

import functools
import operator

import jax
import jax.export
import jax.numpy as jnp
import pytest

from glasstape.ports import jax_exact, jax_program, jax_symbolic


class Listener:
    def __init__(self):
        self.asked = []

    def compare(self, compare, dimension, other):
        self.asked.append((compare.__name__, other))
        return compare(7, other)

    def compared(self, dimension, other):
        self.asked.append(("assumed", other))

    def refuse(self, what):
        return ValueError(what)


def symbols(*names):
    return jax_symbolic.Symbols([f"{n}{jax_symbolic.MARK}0" for n in names], 2)


def first(made):
    return next(iter(made.dimensions.values()))


def test_the_size_of_an_expression():
    made = symbols("a", "b")
    a, b = made.dimensions.values()
    sizes = dict(zip(made.dimensions, (7, 4), strict=True))

    def size(dimension):
        return jax_symbolic.size(dimension, sizes)

    assert size(a) == 7
    assert size(5) == 5
    assert size(2 * a - b + 1) == 11
    assert size(a * a * b) == 196
    assert size(a // b) == 1
    assert size(a % b) == 3
    assert size((a * b) // 3 % 5) == 4
    assert size(jax.core.max_dim(a, b)) == 7
    assert size(jax.core.min_dim(a, b)) == 4
    assert size(a**13) == 7**13  # more than 32 bits


def test_symbols_have_a_least_size():
    made = symbols("a")
    assert first(made) >= 2
    with pytest.raises(jax_symbolic.InconclusiveDimensionOperation):
        operator.ge(first(made), 3)


def test_questions_are_answered_and_the_class_is_left_as_it_was():
    before = dict(vars(type(first(symbols("a")))))
    made, listener = symbols("a"), Listener()
    with jax_symbolic.answering(listener, made.scope):
        size = first(made)
        assert size == 7
        assert size > 5
        assert size - 7 != 1
        assert bool(size)
        assert (size, 3) == (7, 3)
        for wrong in (int, float, hash, str, repr, range, lambda s: s // 0.5, lambda s: 2**s):
            with pytest.raises(ValueError, match=r"."):
                wrong(size)
        assert first(symbols("a")) != 7  # of another trace: nobody's concern
    assert [question[0] for question in listener.asked] == ["eq", "gt", "ne", "ne", "eq"]
    assert dict(vars(type(size))) == before
    assert size != 7


def test_what_ours_calls_for_the_user_is_asked_by_the_user():
    made, here = symbols("a"), jax_symbolic.__file__
    source = "def call(function, *args): return function(*args)"
    users, ours = {}, {}
    exec(compile(source, here.replace("ports/jax_symbolic", "compiler/function"), "exec"), users)
    exec(compile(source, here, "exec"), ours)
    with jax_symbolic.answering(Listener(), made.scope):
        for function in (str, hash, {}.get):
            with pytest.raises(ValueError, match=r"as"):
                users["call"](function, first(made))
            ours["call"](function, first(made))


def test_what_jax_asks_is_not_asked_of_us():
    made, listener = symbols("a"), Listener()
    x = jax_symbolic.placeholder((first(made), 3), "float32", False)
    with jax_symbolic.answering(listener, made.scope):
        jax.make_jaxpr(lambda x: jnp.mean(x * 2 + jnp.ones(3)) + x.T @ x)(x)
        assert {question[0] for question in listener.asked} <= {"assumed"}
        listener.asked.clear()
        jax.make_jaxpr(lambda x: jnp.array_equal(x, jnp.ones((9, 3))))(x)
    assert ("assumed", 9) in listener.asked


def test_the_keys_of_jax_caches_are_nobodys_question():
    made, listener = symbols("a"), Listener()
    shape = (first(made) - 1, 3)
    jaxs = {}
    source = "def look_up(find): return find()\ndef squeeze(shape): return shape == (1, 3)"
    exec(compile(source, jax.__file__.replace("__init__", "pjit"), "exec"), jaxs)
    with jax_symbolic.answering(listener, made.scope):
        # A cache compares keys whose hashes are alike, in C; so does a list here.
        assert jaxs["look_up"](functools.partial([(1, 3)].count, shape)) == 0
        assert not listener.asked
        assert not jaxs["squeeze"](shape)
    assert listener.asked == [("assumed", 1)]


def test_where_a_size_is_kept():
    size = first(symbols("a"))

    def keeps(x):
        return x + size

    assert jax_symbolic.mentions_size([{"n": (1, size)}])
    assert jax_symbolic.mentions_size(keeps)
    assert jax_symbolic.mentions_size(f"n = {size}")
    assert not jax_symbolic.mentions_size([1, "a", lambda x: x])


class TestExact:
    def staged(self, function, shape=None):
        made = symbols("a")
        shape = shape or (first(made), 3)
        x = jax_symbolic.placeholder(shape, "float32", False)
        return jax_program.Staged(function, [x]), made

    def run(self, function, size):
        staged, made = self.staged(function)
        sizes = dict.fromkeys(made.dimensions, size)
        program = jax_exact.exact(staged.program, sizes, Listener())
        x = jnp.arange(size * 3.0).reshape(size, 3)
        return program, staged.replaced(program).run([], [x])[0], function(x)[0]

    @pytest.mark.parametrize(
        "function",
        [
            lambda x: [x * 2],
            lambda x: [jnp.mean(x) + x.shape[0]],
            lambda x: [jnp.concatenate([x, x[: x.shape[0] // 2]])],
            lambda x: [jax.lax.scan(lambda c, v: (c + v, c), jnp.zeros(3), x)[1]],
            lambda x: [jax.lax.cond(x[0, 0] > 0, lambda v: v * v.shape[0], lambda v: v, x)],
            lambda x: [jax.jit(lambda v: v[::-1])(x)],
            lambda x: [jax.nn.relu(x)],
            lambda x: [jax.checkpoint(jnp.sin)(x)],
            lambda x: [jnp.pad(x, ((1, x.shape[0]), (0, 0)))],
            lambda x: [x[jnp.arange(x.shape[0]) - 1]],
            lambda x: [jax.lax.conv(x[None, None], jnp.ones((1, 1, 2, 2)), (1, 1), "SAME")],
        ],
    )
    @pytest.mark.parametrize("size", [2, 5])
    def test_no_symbol_is_left(self, function, size):
        program, found, expected = self.run(function, size)
        assert jax_symbolic.MARK not in str(program)
        assert found.dtype == expected.dtype
        assert jnp.array_equal(found, expected)

    def test_numbers_are_written_out(self):
        program, _, _ = self.run(lambda x: [x / x.shape[0]], 5)
        assert "dim_as_value" not in str(program)
        assert " 5" in str(program)

    def test_what_cannot_be_exact(self):
        staged, made = self.staged(lambda x: [x * (x.shape[0] * 2**30)])
        with pytest.raises(OverflowError):
            jax_exact.exact(staged.program, dict.fromkeys(made.dimensions, 5), Listener())

    def test_a_rule_that_keeps_a_size(self):
        def step(x):
            size = x.shape[0]
            return [jax.pure_callback(lambda v: v * int(str(size)), x, x)]

        assert jax_exact.kept_sizes(self.staged(step)[0].program) == "pure_callback"
        assert jax_exact.kept_sizes(self.staged(lambda x: [x * 2])[0].program) is None
