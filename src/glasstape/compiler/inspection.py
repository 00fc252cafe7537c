"""What a compiled step costs and what is in it: `Function.cost` and `Function.program`."""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from glasstape import sources
from glasstape.compiler.cost import Cost
from glasstape.compiler.retrace import Argument
from glasstape.compiler.step import Traced
from glasstape.compiler.table import Entry
from glasstape.ports import jax_cache, jax_text


class Inspected(NamedTuple):
    """A call of a step that is looked at and not run.

    Attributes:
        name: The step's name.
        arguments: Of the call, by name.
        inputs: The tensors among them.
        entry: The trace for it.
    """

    name: str
    arguments: Sequence[Argument]
    inputs: Sequence[Any]
    entry: Entry

    @property
    def title(self) -> str:
        """The step with its arguments."""
        return f"{self.name}({', '.join(f'{a.name}: {a.text}' for a in self.arguments)})"

    def lowered(self) -> Any:
        """What is compiled when it is called."""
        return self.entry.program(None).lower(self.inputs)


def cost(step: Inspected) -> Cost:
    """What a call costs; nothing is run."""
    return Cost.of(step.title, step.lowered().compile())


@dataclass(frozen=True)
class Port:
    """An input or output of a program.

    Attributes:
        name: What the text of the program calls it.
        shape: Dtype and shape, such as ``float32[32,10]``.
        meaning: Such as ``argument images`` or ``new value of sequential/dense/kernel``.
    """

    name: str
    shape: str
    meaning: str

    def __str__(self) -> str:
        return f"  {self.name:<4} {self.shape:<20} {self.meaning}"


@dataclass(frozen=True)
class ProgramText:
    """A compiled step to read; ``print`` shows its inputs, outputs and operations.

    Attributes:
        name: The step with its arguments.
        inputs: What goes in: constants, variables, arguments.
        outputs: What comes out: new values of variables, gradients, results, printed tensors.
        jaxpr: The operations as JAX has them, with the user's file and line behind each.
        stablehlo: The program as XLA is given it.
    """

    name: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    jaxpr: str
    stablehlo: str
    _lowered: Any = field(repr=False, compare=False)

    @functools.cached_property
    def hlo(self) -> str:
        """The program as XLA has optimised it, with the user's file and line where XLA kept it.

        Compiled when it is first asked for.
        """
        compiled = jax_cache.compile_with_its_lines(self._lowered)
        return jax_text.hlo_with_places(compiled.as_text(), _place)

    def __str__(self) -> str:
        parts = [self.name, "", "inputs", *map(str, self.inputs), "", "outputs"]
        return "\n".join([*parts, *map(str, self.outputs), "", "program", self.jaxpr])


def program_text(step: Inspected) -> ProgramText:
    """The program of a call, to read."""
    traced = step.entry.traced
    text = jax_text.JaxprText(step.entry.program(None).staged.program.jaxpr, _place)
    tensors = [a.name for a in step.arguments if a.kind == "tensor"]
    meanings = _inputs(traced, tensors, len(text.inputs)), _outputs(traced)
    layouts = traced.staged.in_layouts, traced.staged.out_layouts
    inputs, outputs = (
        tuple(map(Port, names, map(jax_text.shape, avals), told))
        for names, avals, told in zip((text.inputs, text.outputs), layouts, meanings, strict=True)
    )
    lines = "\n".join(f"  {line}" for line in text.lines)
    lowered = step.lowered()
    return ProgramText(step.title, inputs, outputs, lines, lowered.as_text(), lowered)


def _inputs(traced: Traced, arguments: Sequence[str], count: int) -> list[str]:
    told = [f"variable {v.path}" for v in traced.state]
    told += [f"argument {name}" for name in arguments]
    told += ["verdict of the checks in earlier calls"]
    return ["constant"] * (count - len(told)) + told


def _outputs(traced: Traced) -> list[str]:
    told = [f"new value of {v.path}" for v in traced.written]
    told += [f"gradient of {_path(v)}, for a glass" for v in traced.gradients]
    told += ["verdict of the checks"] * bool(traced.errors)
    several = traced.num_outputs > 1
    told += [f"result {i}" if several else "result" for i in range(traced.num_outputs)]
    return told + ["printed"] * (len(traced.staged.out_layouts) - len(told))


def _path(variable: Any) -> str:
    return getattr(variable, "path", "a tensor")


def _place(source: sources.Source) -> str:
    """File and line, the file as seen from where the program was started."""
    here = os.getcwd() + os.sep
    return f"{source.file.removeprefix(here)}:{source.line}"
