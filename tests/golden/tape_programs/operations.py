"""Operations by themselves: look-ups, ties, kinks, sorting, linear algebra; in tables."""

import math

from .registry import both_ways, program

X = [[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]]
SQUARE = [[2.0, 0.5], [0.25, 1.0]]
TIES = [1.0, 3.0, 3.0, 0.0]

# name -> (function, where); the gradient of its sum is compared. One program a table.
REDUCTIONS = {
    "max_with_ties": (lambda o, x: o.max(x), TIES),
    "min_with_ties": (lambda o, x: o.min(-x), TIES),
    "amax_along_an_axis": (lambda o, x: o.max(x, axis=1), X),
    "mean_of_an_axis": (lambda o, x: o.mean(x, axis=0) ** 2, X),
    "prod_with_a_zero": (lambda o, x: o.prod(x), TIES),
    "prod_with_two_zeros": (lambda o, x: o.prod(x), [0.0, 2.0, 0.0]),
    "std": (lambda o, x: o.std(x, axis=1), X),
    "var": (lambda o, x: o.var(x), X),
    "norm": (lambda o, x: o.norm(x), X),
    "logsumexp": (lambda o, x: o.logsumexp(x, axis=1), X),
    "cumsum": (lambda o, x: o.cumsum(x, axis=1) ** 2, X),
    "cumprod": (lambda o, x: o.cumprod(x, axis=0), X),
    "median": (lambda o, x: o.median(x, axis=1), X),
}  # fmt: skip
SHAPES = {
    "reshape_and_transpose": (lambda o, x: o.transpose(o.reshape(x, (3, 2))) @ o.ones((3, 1)), X),
    "concatenate_twice": (lambda o, x: o.concatenate([x, x[:, :1] ** 2], axis=1) ** 2, X),
    "stack": (lambda o, x: o.stack([x, x**2], axis=1) ** 2, X),
    "split": (lambda o, x: o.split(x, 3, axis=1)[1] ** 2, X),
    "unstack": (lambda o, x: o.unstack(x, axis=1)[2] ** 3, X),
    "tile": (lambda o, x: o.tile(x, (2, 2)) ** 2, X),
    "repeat": (lambda o, x: o.repeat(x, 3, axis=1) ** 2, X),
    "pad": (lambda o, x: o.pad(x, ((1, 1), (0, 2))) ** 2, X),
    "pad_by_reflection": (lambda o, x: o.pad(x, ((0, 0), (1, 2)), mode="reflect") ** 2, X),
    "flip_and_roll": (lambda o, x: o.flip(x, axis=0) * o.roll(x, 1, axis=1), X),
    "slice_with_steps": (lambda o, x: x[::-1, ::2] ** 2, X),
    "new_axis": (lambda o, x: x[:, None] * x[None], X),
    "squeeze": (lambda o, x: o.squeeze(o.expand_dims(x, 1), 1) ** 2, X),
    "diag": (lambda o, x: o.diagonal(x) ** 2, SQUARE),
    "triu": (lambda o, x: o.triu(x) ** 2, X),
    "meshgrid": (lambda o, x: o.meshgrid(x, x**2)[1] * x[0], TIES),
}  # fmt: skip
LOOK_UPS = {
    "take_with_repeats": (lambda o, x: o.take(x, [1, 1, 0], axis=0) ** 2, X),
    "take_columns": (lambda o, x: o.take(x, [2, 0, 2], axis=1) ** 2, X),
    "take_negative": (lambda o, x: o.take(x, [-1, -2], axis=1) ** 2, X),
    "take_along_axis": (
        lambda o, x: o.take_along_axis(x, o.convert_to_tensor([[2, 0], [1, 1]]), axis=1) ** 2, X),
    "scatter": (lambda o, x: o.scatter(o.convert_to_tensor([[3], [0]]), x, (4, 3)) ** 2, X),
    "scatter_update": (
        lambda o, x: o.scatter_update(x, o.convert_to_tensor([[0, 1]]), x[1, :1] ** 2) ** 2, X),
    "segment_sum": (lambda o, x: o.segment_sum(x, o.convert_to_tensor([0, 0]), 2) ** 2, X),
    "one_hot_product": (lambda o, x: x @ o.transpose(o.one_hot([2, 0], 3)), X),
    "top_k": (lambda o, x: o.top_k(x, 2)[0] ** 2, X),
    "sort": (lambda o, x: o.sort(x, axis=1) * o.arange(3.0), X),
    "argsort_and_take": (lambda o, x: o.take(x, o.argsort(x)[:2]) * o.arange(1.0, 3.0), TIES),
    "where": (lambda o, x: o.where(x > 0, x**2, o.sin(x)), X),
    "where_with_nan_in_the_other_branch": (lambda o, x: o.where(x > 0, o.log(x), x), X),
}  # fmt: skip
KINKS = {
    "relu_at_zero": (lambda o, x: o.relu(x), [-1.0, 0.0, 1.0]),
    "relu6_at_its_kinks": (lambda o, x: o.relu6(x), [0.0, 3.0, 6.0, 7.0]),
    "sign": (lambda o, x: o.sign(x) * x, [-1.0, 0.0, 1.0]),
    "clip": (lambda o, x: o.clip(x, -0.8, 1.2), X),
    "minimum_of_itself": (lambda o, x: o.minimum(x, x), X),
    "sqrt_at_zero": (lambda o, x: o.sqrt(x), [0.0, 4.0]),
    "power_of_zero": (lambda o, x: x**2 + x**1, [0.0, 2.0]),
    "power_with_exponents": (lambda o, x: o.power(o.absolute(x) + 1.0, x), X),
    "hard_sigmoid": (lambda o, x: o.hard_sigmoid(x), [-4.0, -1.0, 0.0, 4.0]),
    "floor_of_the_rest": (lambda o, x: (x - o.floor(x)) ** 2, X),
    "modulo": (lambda o, x: o.mod(x, 0.75), [0.5, 1.0, 2.0]),
}  # fmt: skip

# Where no derivative exists, JAX' rules choose another number. All between the two are right.
CHOICES = {
    "leaky_relu_at_zero": (lambda o, x: o.leaky_relu(x), [-1.0, 0.0, 1.0]),
    "abs_at_zero": (lambda o, x: o.absolute(x), [-1.0, 0.0, 1.0]),
    "clip_at_its_ends": (lambda o, x: o.clip(x, -1.0, 1.0), [-1.0, 0.0, 1.0]),
    "maximum_with_a_tie": (lambda o, x: o.maximum(x, 1.0) * 2.0, [0.0, 1.0, 2.0]),
}  # fmt: skip

SMOOTH = {
    "sigmoid": (lambda o, x: o.sigmoid(x * 3.0), [0.5, -1.0, 2.0]),
    "softmax": (lambda o, x: o.softmax(x) * o.arange(3.0), [0.5, -1.0, 2.0]),
    "log_softmax": (lambda o, x: o.log_softmax(x) * o.arange(3.0), [0.5, -1.0, 2.0]),
    "softplus": (lambda o, x: o.softplus(x * 10.0), [0.5, -1.0, 2.0]),
    "gelu": (lambda o, x: o.gelu(x), [0.5, -1.0, 2.0]),
    "exact_gelu": (lambda o, x: o.gelu(x, approximate=False), [0.5, -1.0, 2.0]),
    "silu_elu_selu": (lambda o, x: o.silu(x) + o.elu(x) * o.selu(x), [0.5, -1.0, 2.0]),
    "erf": (lambda o, x: o.erf(x), [0.5, -1.0, 2.0]),
    "arctan2": (lambda o, x: o.arctan2(x, x**2 - 2.0), [0.5, -1.0, 2.0]),
    "log1p_expm1": (lambda o, x: o.log1p(x**2) * o.expm1(x), [0.5, -1.0, 2.0]),
    "rsqrt": (lambda o, x: o.rsqrt(x**2 + 1.0), [0.5, -1.0, 2.0]),
    "tanh_of_large": (lambda o, x: o.tanh(x * 50.0), [0.5, -1.0, 2.0]),
}  # fmt: skip
LINEAR_ALGEBRA = {
    "matmul": (lambda o, x: x @ o.transpose(x), X),
    "batched_matmul": (lambda o, x: o.matmul(o.stack([x, x**2]), o.transpose(x)), X),
    "einsum": (lambda o, x: o.einsum("ij,kj,i->k", x, x, x[:, 0]), X),
    "tensordot": (lambda o, x: o.tensordot(x, x, axes=2) ** 2, X),
    "outer_and_inner": (lambda o, x: o.outer(x, x) * o.vdot(x, x), TIES),
    "inverse": (lambda o, x: o.inv(x), SQUARE),
    "determinant": (lambda o, x: o.det(x), SQUARE),
    "solve": (lambda o, x: o.solve(x, o.convert_to_tensor([[1.0], [2.0]])), SQUARE),
    "cholesky": (lambda o, x: o.cholesky(x @ o.transpose(x)), SQUARE),
    "symmetric_eigenvalues": (
        lambda o, x: o.eigh(x + o.transpose(x))[0] * o.convert_to_tensor([1.0, 3.0]), SQUARE),
    "singular_values": (lambda o, x: o.svd(x, compute_uv=False) ** 3, SQUARE),
    "trace": (lambda o, x: o.trace(x @ x), SQUARE),
    "normalize": (lambda o, x: o.normalize(x, axis=-1) * o.arange(3.0), X),
}  # fmt: skip

TABLES = {
    "reductions": REDUCTIONS,
    "shapes": SHAPES,
    "look_ups": LOOK_UPS,
    "kinks": KINKS,
    "smooth": SMOOTH,
    "linear_algebra": LINEAR_ALGEBRA,
}


def gradients(api, table):
    # Compiled together, because each would be compiled by itself in eager code.
    @api.way
    def run(places):
        return {
            name: api.slope(lambda x, f=f: f(api.ops, x), places[name])
            for name, (f, _) in table.items()
        }

    return run({name: api.constant(at) for name, (_, at) in table.items()})


def _add(name, table):
    @program(name=name, ways=("function",))
    def run(api):
        return gradients(api, table)


for _name, _table in TABLES.items():
    _add(_name, _table)


@program(
    ways=("function",),
    differs="JAX' rules have other numbers where no derivative exists",
    ours={
        "dict": {
            "leaky_relu_at_zero": {"float32[3]": [0.2, 1, 1]},
            "abs_at_zero": {"float32[3]": [-1, 1, 1]},
            "clip_at_its_ends": {"float32[3]": [0.5, 1, 0.5]},
            "maximum_with_a_tie": {"float32[3]": [0, 1, 2]},
        }
    },
)
def choices_at_a_kink(api):
    return gradients(api, CHOICES)


ZERO = {"float32[2]": [0.0, 0.0]}


@program(
    differs="JAX has a rule for them, which says zero",
    ours={"dict": {"floor": ZERO, "ceil": ZERO, "round": ZERO, "sign": ZERO}},
)
def rounding(api):
    x = api.constant([0.6, 1.2])
    found = {}
    for name in ("floor", "ceil", "round", "sign"):
        with api.GradientTape() as tape:
            tape.watch(x)
            y = getattr(api.ops, name)(x) * 2.0
        found[name] = tape.gradient(y, x)
    return found


@both_ways
def embedding_matrix(api):
    table = api.Variable([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    rows = api.constant([[0, 2], [2, 2]], "int32")

    @api.way
    def run():
        with api.GradientTape() as tape:
            looked_up = api.ops.take(table, rows, axis=0)
            y = api.ops.sum(looked_up**2)
        return tape.gradient(y, table)

    return run()


@program
def three_look_ups_of_one_table(api):
    """Their gradients, rows each, are added up; one use is dense."""
    table = api.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])

    def f(table):
        a = api.ops.take(table, [0, 1], axis=0)
        b = api.ops.take(table, [2, 1], axis=0)
        return a * b * api.ops.take(table, [0, 0], axis=0) + api.ops.mean(table)

    return api.gradient(f, table)


@program
def numpy_cuts_the_path(api):
    x = api.constant([1.0, 2.0])
    with api.GradientTape() as tape:
        tape.watch(x)
        y = x * api.ops.convert_to_numpy(x)
    return tape.gradient(y, x)


@program
def python_numbers_cut_the_path(api):
    x = api.constant(2.0)
    with api.GradientTape() as tape:
        tape.watch(x)
        y = x * float(x) ** 2
    return tape.gradient(y, x)


@program
def converting_a_tensor_is_no_operation(api):
    x = api.constant([1.0, 2.0])
    with api.GradientTape() as tape:
        tape.watch(x)
        y = api.ops.convert_to_tensor(x) * x
    return tape.gradient(y, x)


@program
def operations_that_change_nothing(api):
    """x, x + 0 and x * 1 are three tensors, each watched."""
    x = api.constant(10.0)
    a, b, c = x + 0.0, x * 1.0, api.ops.reshape(x, ())
    with api.GradientTape() as tape:
        tape.watch([x, a, b])
        y = 2.0 * x + 3.0 * a + 5.0 * b + 7.0 * c * 0.0
    return tape.gradient(y, [x, a, b])


@program
def noise_that_is_given(api):
    """The reparameterisation of a normal variable."""
    mean, log_scale = api.Variable([0.5, -1.0]), api.Variable([0.1, math.log(2.0)])
    noise = api.constant([[0.3, -0.7], [1.1, 0.2]])
    with api.GradientTape() as tape:
        z = mean + noise * api.ops.exp(log_scale)
        y = api.ops.mean(z**2) - api.ops.sum(log_scale)
    return tape.gradient(y, [mean, log_scale])
