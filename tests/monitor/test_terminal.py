"""The live table: what it says, that it fits, and that nothing tears it."""

import io
import math
import re
import sys

import jax.numpy as jnp
import keras
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

import glasstape as gt
from glasstape.monitor.runlog import Measurement, VariableInfo
from glasstape.monitor.views import table, terminal
from glasstape.monitor.views.health import percent, remarks
from glasstape.monitor.views.history import History, sparkline
from glasstape.monitor.views.terminal import TerminalView

HEALTHY = [0.5, 0.1, 0.1, 0.0, 1e-3]
NORM, LARGEST, ZEROS, NONFINITE, UPDATE = range(5)


def info(path="net/dense/kernel", shape=(64, 10)):
    return VariableInfo(path, shape, "float32")


LAYERS = [
    info("net/conv2d/kernel", (3, 3, 1, 32)),
    info("net/conv2d/bias", (32,)),
    info("net/a_layer_with_a_rather_long_name/kernel", (1152, 128)),
    info("net/a_layer_with_a_rather_long_name/bias", (128,)),
    info("net/출력층/kernel", (128, 10)),
    info("net/출력층/bias", (10,)),
]


def measured(*rows, variables=None, call=1):
    variables = variables or [info(f"net/dense_{i}/kernel") for i in range(len(rows))]
    return Measurement("train_step", call, variables, rows)


def changed(**values):
    row = list(HEALTHY)
    for name, value in values.items():
        row[globals()[name.upper()]] = value
    return row


def sick():
    return measured(
        changed(zeros=0.004),
        HEALTHY,
        changed(norm=math.nan, largest=math.inf, nonfinite=0.004),
        changed(zeros=0.63),
        changed(norm=1e-9),
        changed(update=math.inf),
        variables=LAYERS,
    )


def drawn(measurement, width=100, histories=None, **options):
    histories = histories or [History() for _ in measurement.values]
    return [line.plain for line in table.draw(measurement, histories, width, **options)]


def console(width=100, height=30, is_terminal=True, encoding="utf-8"):
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")
    return Console(file=file, force_terminal=is_terminal, width=width, height=height)


def written(to):
    to.file.flush()
    return to.file.buffer.getvalue().decode(to.file.encoding)


def screen(text):
    """What a terminal shows: cursor up, carriage return and erase line are all Rich uses."""
    lines, row, column = [""], 0, 0
    for token in re.findall(r"\x1b\[[?\d;]*[A-Za-z]|\r|\n|[^\x1b\r\n]+", text):
        if token == "\n":
            row, column = row + 1, 0
            lines += [""] * (row + 1 - len(lines))
        elif token == "\r":
            column = 0
        elif token.endswith("A") and token[0] == "\x1b":
            row -= int(token[2:-1])
        elif token.endswith("K") and token[0] == "\x1b":
            lines[row] = ""
        elif token[0] != "\x1b":
            lines[row] = lines[row][:column].ljust(column) + token
            column += len(token)
    return [line.rstrip() for line in lines]


# ----- remarks -----


def the_remark(measurement, usual=math.nan):
    return remarks(measurement, [usual] * len(measurement.values))[0]


@pytest.mark.parametrize(
    ("row", "shape", "text", "severe"),
    [
        (changed(nonfinite=0.3), (8, 4), "30% NaN or inf", True),
        (changed(norm=math.nan, nonfinite=1.0), (8, 4), "100% NaN or inf", True),
        (changed(norm=math.inf), (8, 4), "norm overflows", True),
        (changed(norm=0.0), (8, 4), "no gradient", True),
        (changed(norm=120.0), (8, 4), "norm up 240x", True),
        (changed(norm=1e6), (8, 4), "norm up >1000x", True),
        (changed(update=0.25), (8, 4), "update 25% of weights", False),
        (changed(update=3.0), (8, 4), "update 300% of weights", True),
        (changed(update=0.0), (8, 4), "not updated", False),
        (changed(zeros=0.63), (8,), "63% dead units", False),
    ],
)
def test_remarks(row, shape, text, severe):
    remark = the_remark(measured(row, variables=[info(shape=shape)]), usual=0.5)
    assert remark is not None
    assert (remark.text(), remark.severe) == (text, severe)
    assert remark.text("ko") != text


@pytest.mark.parametrize(
    ("row", "shape"),
    [
        (HEALTHY, (8, 4)),
        (changed(norm=10.0), (8, 4)),  # twenty times the usual norm happens
        (changed(zeros=0.99), (1000, 8)),  # an embedding touches few of its rows
        (changed(update=0.5), (8,)),  # a bias starts at 0
        (changed(update=math.inf), (8,)),
        (changed(update=math.nan), (8, 4)),
    ],
)
def test_what_is_sound_has_no_remark(row, shape):
    assert the_remark(measured(row, variables=[info(shape=shape)]), usual=0.5) is None


def test_a_gradient_far_smaller_than_the_others_is_vanishing():
    assert the_remark(measured(changed(norm=1e-7), HEALTHY)).text() == "vanishing"
    assert the_remark(measured(changed(norm=1e-4), HEALTHY)) is None
    exploded = changed(norm=math.inf)
    assert the_remark(measured(HEALTHY, exploded)) is None, "compared with sound ones only"


def test_percentages_say_none_and_all_only_when_meant():
    shares = (0, 1e-6, 0.01, 0.5, 0.99, 0.999, 1)
    assert [percent(s) for s in shares] == ["0%", "<1%", "1%", "50%", "99%", ">99%", "100%"]


# ----- history -----


def test_sparkline():
    assert sparkline([1.0, 10.0, 100.0]) == "▁▅█"
    assert sparkline([5.0, 5.1]) == "▁▁", "less than a factor of two is no change to look at"
    assert sparkline([1.0, math.nan, 0.0, 4.0]) == "▁! █"
    assert sparkline([]) == ""


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=700), st.integers(1, 20))
def test_a_history_is_short_and_spans_everything(values, most):
    history = History()
    for value in values:
        history.add(value)
    shown = history.stretches(most)
    assert len(shown) == min(most, len(values)) or len(values) > 64
    assert len(shown) <= most
    assert min(values) * 0.999 <= min(shown) <= max(shown) <= max(values) * 1.001
    if len(values) <= most:
        assert shown == values


@pytest.mark.parametrize("count", [5, 63, 64, 65, 1000, 4097])
def test_a_history_keeps_the_course(count):
    history = History()
    for i in range(count):
        history.add(float(1 + i))
    shown = history.stretches(16)
    assert shown == sorted(shown)
    assert shown[0] <= 1 + count / 16
    assert shown[-1] >= count - count / 8


def test_a_short_peak_stays_visible():
    history = History()
    for i in range(1000):
        history.add(1000.0 if i == 500 else 1.0)
    assert re.fullmatch("▁{7,8}█▁{7,8}", sparkline(history.stretches(16)))


def test_a_history_does_not_forget_what_was_not_finite():
    history = History()
    for i in range(1000):
        history.add(math.nan if i == 300 else 1.0)
    assert sum(map(math.isnan, history.stretches(16))) == 1
    assert history.usual() == 1.0


# ----- fitting -----


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("width", [20, 30, 40, 60, 80, 100, 120, 160, 220])
def test_no_line_is_wider_than_the_terminal_and_columns_are_aligned(width, language):
    for measurement in (sick(), measured(*[HEALTHY] * 6, variables=LAYERS)):
        lines = drawn(measurement, width, language=language)
        assert max(map(cell_len, lines)) <= width
        rows = lines[2:10]  # headings, rule and six rows
        assert len({cell_len(row) for row in rows}) == 1, "wide letters count twice"


@pytest.mark.parametrize(("language", "heading"), [("en", "variable"), ("ko", "변수")])
def test_columns_begin_under_their_headings(language, heading):
    lines = drawn(sick(), 160, language=language)

    def begin(line, word):
        return cell_len(line[: line.index(word)])

    places = {begin(row, n) for row, n in zip(lines[4:10], ["kernel", "bias"] * 3, strict=True)}
    assert places == {begin(lines[2], heading)}


def test_the_most_important_columns_stay_longest():
    def headings(width):
        return set(re.split(r"  +", drawn(sick(), width)[2].strip()))

    every = {"layer", "variable", "shape", "norm", "norm over time", "largest", "zeros"}
    every |= {"not finite", "update", "remark"}
    assert headings(160) == every
    assert headings(80) >= {"layer", "variable", "norm", "norm over time", "remark"}
    assert headings(40) >= {"layer", "norm", "remark"}
    for narrow, wide in ((24, 40), (40, 60), (60, 80), (80, 100), (100, 160)):
        assert headings(narrow) <= headings(wide)


def test_the_remark_column_is_there_only_when_there_is_one():
    assert "remark" not in "\n".join(drawn(measured(HEALTHY), 160))


def test_rows_are_grouped_by_layer_without_what_all_names_share():
    rows = drawn(sick(), 160)[4:10]
    starts = [row.split()[0] for row in rows]
    assert starts == ["conv2d", "bias", LAYERS[2].layer[4:], "bias", "출력층", "bias"]


def test_of_a_long_layer_name_the_end_is_kept():
    assert "…" in (row := drawn(sick(), 40)[6])
    assert row.split()[0].endswith("long_name")


def test_a_net_larger_than_the_screen_shows_what_matters():
    rows = [HEALTHY] * 200
    rows[150], rows[170] = changed(norm=math.nan, nonfinite=1.0), changed(update=0.0)
    lines = drawn(measured(*rows), 100, height=24)
    assert len(lines) <= 24
    text = "\n".join(lines)
    assert "dense_150" in text
    assert "dense_170" in text
    shown = text.count("kernel")
    assert f"and {200 - shown} more variables" in text
    assert text.index("dense_0 ") < text.index("dense_150"), "in the net's own order"
    assert drawn(measured(*rows), 100)[-2].split()[0] == "dense_199"


def test_ascii_where_nothing_else_can_be_shown():
    lines = drawn(sick(), 120, ascii_only=True)
    assert all(set(line) - set("출력층") <= set(map(chr, range(128))) for line in lines)
    view = TerminalView(to := console(encoding="latin-1", is_terminal=False))
    view.add(measured(HEALTHY))
    view.close()
    assert "kernel" in written(to)


# ----- drawing -----


def test_a_terminal_shows_the_last_state_once_below_what_was_printed():
    view = TerminalView(to := console())
    view.open()
    assert "Waiting for the first step" in screen(written(to))[0]
    for call in range(1, 4):
        view._next_drawing = 0.0
        view.add(measured(HEALTHY, call=call))
        view.print(f"view {call}")
        print(f"print [bold] {call}")
        gt.print("gt.print", jnp.float32(call))
        sys.stderr.write(f"stderr {call}\n")
    view.close()
    lines = screen(written(to))
    above = lines[: lines.index("")]
    kinds = ("view {}", "print [bold] {}", "gt.print {}", "stderr {}")
    assert above == [kind.format(call) for call in (1, 2, 3) for kind in kinds]
    assert [line for line in lines if "Gradients" in line] == ["Gradients of train_step, call 3"]
    assert sum("dense" in line for line in lines) == 1
    assert "Waiting" not in "\n".join(lines)


def test_a_pipe_gets_one_table_at_the_end():
    view = TerminalView(to := console(is_terminal=False))
    view.open()
    view.add(measured(HEALTHY, call=1))
    view.add(measured(HEALTHY, call=2))
    assert written(to) == ""
    view.close()
    text = written(to)
    assert "\x1b" not in text
    assert text.count("Gradients") == 1
    assert "call 2" in text


@pytest.mark.parametrize("is_terminal", [True, False])
def test_nothing_measured_leaves_nothing(is_terminal):
    view = TerminalView(to := console(is_terminal=is_terminal))
    view.open()
    view.close()
    assert "".join(screen(written(to))) == ""


def test_the_width_of_the_moment_is_used():
    view = TerminalView(to := console(width=160))
    view.open()
    view.add(measured(HEALTHY))
    assert "not finite" in written(to)
    to.width = 60
    view._next_drawing = 0.0
    view.add(measured(HEALTHY))
    assert max(map(cell_len, screen(written(to))[-8:])) <= 60
    view.close()


def test_drawing_takes_a_hundredth_of_the_time_at_most(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(terminal.time, "perf_counter", lambda: now[0])
    view = TerminalView(console())
    drawings = []

    def slow_picture():
        drawings.append(now[0])
        now[0] += 0.02
        return ""

    monkeypatch.setattr(view, "_picture", slow_picture)
    view.open()
    for _ in range(10_000):
        now[0] += 0.001
        view.add(measured(HEALTHY))
    monkeypatch.undo()
    view.close()
    assert 3 <= len(drawings) <= 1 + now[0] / 2


def test_a_net_whose_units_are_dead_is_told_through_the_glass(tmp_path):
    very_negative = keras.initializers.Constant(-9)
    model = keras.Sequential(
        [
            keras.layers.Dense(8, activation="relu", bias_initializer=very_negative),
            keras.layers.Dense(1),
        ]
    )
    optimizer = keras.optimizers.SGD()

    @gt.function
    def train_step(x):
        with gt.GradientTape() as tape:
            loss = keras.ops.mean((model(x) - 1) ** 2)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))

    to = console(is_terminal=False, width=120)
    with gt.glass(show=TerminalView(to), run_dir=tmp_path):
        train_step(jnp.ones((4, 2)) * 0.1)
    text = written(to)
    assert text.count("no gradient") == 3  # both of the first layer, the kernel of the second
    assert re.search(r"bias +1 ", text)
