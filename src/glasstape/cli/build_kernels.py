"""``glasstape build-kernels``: compile the optional kernels for this machine's CPU."""

from __future__ import annotations

import typer


def build_kernels() -> None:
    """Build the kernels that make convolutions on CPUs faster.

    Needs Linux, a C++ compiler and oneDNN: pip install 'glasstape[kernels]' brings the latter. They
    are kept in the user's cache folder and used from the next start on.
    """
    # JAX takes half a second to import, which --help need not wait for.
    from glasstape.errors import KernelBuildError
    from glasstape.kernels import building

    try:
        made = building.build()
    except KernelBuildError as error:
        typer.echo(error, err=True)
        raise typer.Exit(1) from None
    typer.echo(f"Built {made}")
    typer.echo("`glasstape doctor` says whether they are in use.")
