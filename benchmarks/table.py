"""Results as text: the table the command prints, which is Markdown, and the page in docs/."""

from __future__ import annotations

import math
from typing import Any

HEAD = ("net", "ours", "other", "ours, ms", "other, ms", "ratio", "middle half", "target")
NUMBERS_FROM = HEAD.index("ours, ms")


def markdown(results: dict[str, Any]) -> str:
    """All rows, one table a kind."""
    parts = []
    for section in results["sections"]:
        table = _aligned([HEAD, *map(_cells, section["rows"])])
        parts += [f"## {section['title']}", *filter(None, [section.get("remark")]), table]
    return "\n\n".join(parts)


def page(results: dict[str, Any], *others: dict[str, Any]) -> str:
    """The page in docs/: the results, and those of other runs, each under its heading."""
    parts = [
        f"# {r.get('heading', 'Elsewhere')}\n\n{machine_line(r)}\n\n{markdown(r)}" for r in others
    ]
    tables = "\n\n".join([markdown(results), *parts])
    return PAGE.format(machine=machine_line(results), tables=tables)


def overview(results: dict[str, Any]) -> str:
    """One line a net: how long a compiled step takes with each contestant, for the README."""
    section = next(s for s in results["sections"] if s["kind"] == "step")
    nets: dict[str, dict[str, str]] = {}
    for row in section["rows"]:
        if row["ours"] == "glasstape":
            line = nets.setdefault(row["case"], {"ms a step": row["case"]})
            line["glasstape"] = _ms(row["ours_ms"])
            line[row["other"]] = f"{_ms(row['other_ms'])} ({row['ratio'][0]:.2f})"
    head = list(next(iter(nets.values())))
    lines = [tuple(line.get(column, "") for column in head) for line in nets.values()]
    return _aligned([tuple(head), *lines], numbers_from=1)


def machine_line(results: dict[str, Any]) -> str:
    """Processor, versions and how busy it was, in a sentence or two."""
    machine = results["machine"]
    versions = ", ".join(f"{k} {v}" for k, v in results["versions"].items())
    load, effort = results["load"], results["effort"]
    gpu = f"{machine['gpu']}; " if machine.get("gpu") else ""
    parts = [
        f"{gpu}{machine['processor']}, {machine['cores']} cores, {machine['system']}; {versions}.",
        f"Measured {results['date']}, {effort['blocks']} blocks of {effort['seconds']:g} s;",
        f"load average before it began: {'not noted' if load is None else format(load, '.2f')}.",
        results["remark"],
    ]
    return " ".join(filter(None, parts))


def line(row: dict[str, Any]) -> str:
    """One row without padding."""
    return " | ".join(filter(None, _cells(row)))


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    names = (row["case"], row["ours"], row["other"])
    if row["ratio"] is None:
        return (*names, "", "", row["note"], "", "")
    median, low, high = row["ratio"]
    times = (_ms(row["ours_ms"]), _ms(row["other_ms"]))
    return (*names, *times, f"{median:.3f}", f"{low:.3f} to {high:.3f}", _target(row))


def _target(row: dict[str, Any]) -> str:
    if row["at_most"] is None:
        return ""
    return f"≤ {row['at_most']:.3g}: {verdict(row)}"


def verdict(row: dict[str, Any]) -> str:
    """Whether the target is reached, or that the blocks were too far apart to tell.

    The median of n ratios is known to about ±1.57 times their middle half over √n (95 %; McGill,
    Tukey & Larsen, *Variations of Box Plots*, 1978).
    """
    median, low, high = row["ratio"]
    margin = 1.57 * (high - low) / math.sqrt(row["blocks"])
    if median + margin <= row["at_most"]:
        return "reached"
    return "MISSED" if median - margin > row["at_most"] else "too noisy to tell"


def _ms(milliseconds: float) -> str:
    return f"{milliseconds:.3g}" if milliseconds < 100 else f"{milliseconds:.0f}"


def _aligned(lines: list[tuple[str, ...]], numbers_from: int = NUMBERS_FROM) -> str:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rule = [
        "-" * width if i < numbers_from else "-" * (width - 1) + ":"
        for i, width in enumerate(widths)
    ]
    padded = [
        [_pad(c, w, i >= numbers_from) for i, (c, w) in enumerate(zip(line, widths, strict=True))]
        for line in lines
    ]
    padded.insert(1, rule)
    return "\n".join("| " + " | ".join(line) + " |" for line in padded)


def _pad(cell: str, width: int, right: bool) -> str:
    return cell.rjust(width) if right else cell.ljust(width)


PAGE = """\
# Benchmarks

`python -m benchmarks` prints this table; `--tensorflow-python` and `--torch-python` name
interpreters that have TensorFlow and PyTorch, `--json FILE` keeps the numbers, and
`python -m benchmarks.page FILE...` makes this page from them.

{machine}

Every row is a ratio from one run, **our time over theirs: below 1 glasstape is quicker**. The
contestants train the same net from the same initial weights on the same batches (their first
losses are compared before anything is timed; dropout aside), with Adam, sparse categorical
cross-entropy, and loss and accuracy metrics updated in the step. They run in short blocks, one
after the other, over and over, never two at a time, each block ending with waiting for its last
loss. The ratio is the median of the ratios of neighbouring blocks, its spread the middle half of
them. A target counts as reached or missed only when that spread allows to tell. glasstape and
hand-written JAX share a process; TensorFlow, PyTorch and `fit` run in
processes of their own that are told to run a block. Batches are made beforehand, in each
framework's own arrays.

- *hand-written JAX*: `value_and_grad` over Keras' `stateless_call`, `stateless_apply` and
  `stateless_update_state` in one `jit` with the state donated. *Again* is a second copy of it: how
  far its ratio is from 1 is what this measurement cannot tell apart.
- *Keras fit (JAX)*: timed from the beginning to the end of an epoch over the same batches.
- *tf.function*: the same Keras program on TensorFlow, with and without `jit_compile=True`.
- *PyTorch*: `torch.nn` with logits; *torch.compile* has model and loss compiled and Adam fused.
- *First call*: tracing and compiling in a fresh process, pairs in turns, JAX' compilation cache
  off; imports, model and optimizer slots come before it.
- *From the start of the program to the end of the first step* (`--rows first_step`): Python,
  imports, the net and the optimizer's slots, one batch, tracing, compiling, and the step itself, in
  fresh processes in turns. Once with nothing kept on disk, and once as every run but a program's
  first one: with the [programs kept from an earlier run](cache.md). Keras imports more where more
  is installed beside it, so the interpreters should have little else.
- *Glass on*: `gt.glass(show=None)`, after it has chosen how often to look.
- *GANs* (`--rows gan`): nets trained in one step with an optimizer of Adam each, from the same
  initial weights on the same batches: DCGAN with the widths of the usual tutorial, pix2pix' U-Net
  and PatchGAN on pictures of 256x256, a quarter as wide as the paper's, with a tape for each of the
  two nets; and CycleGAN's two generators and two discriminators on pictures of 128x128, a quarter
  as wide and half as deep as the paper's, with one persistent tape.
- *Roofline*: the step against nothing but its matrix products and convolutions, forward and
  backward, at the speed of one product of two matrices of 2048 by 2048 by XLA, in the same process;
  1 / ratio is the share of that speed it reaches.

{tables}
"""
