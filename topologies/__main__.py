"""`python -m topologies`: bring topologies up in Docker, look at them, draw them, take them down."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from typer.exceptions import TyperException

from topologies import loading
from topologies.defect import defect_names, load_defect
from topologies.drawing import svg
from topologies.errors import ConformanceError, LabError, UsageError
from topologies.spelling import suggestion
from topologies.tables import Matrix, defects_table, labs_table, matrix_table

if TYPE_CHECKING:
    from topologies.lab import LabInfo

_USAGE_OR_NO_LAB = 4
_INTERRUPTED = 2
_SIGINT_STATUS = 130

LAST_MATRIX = Path(__file__).resolve().parent.parent / "reports/out/kill-matrix.json"
"""Where the self-test writes what it saw."""

app = typer.Typer(add_completion=False, help=__doc__, rich_markup_mode=None)

TopologyName = Annotated[
    str, typer.Argument(metavar="NAME", help="a topology, such as redundant-lb, or its file")
]
LabName = Annotated[str, typer.Argument(metavar="NAME", help="a topology that is up, or the id of a lab")]


# The lab and the engine are imported where they are used: `draw` and `defects` need neither.


@app.command()
def up(
    name: TopologyName,
    *,
    defect: Annotated[
        str | None, typer.Option(help="bring it up with this deliberate misconfiguration")
    ] = None,
) -> None:
    """Bring a topology up and leave it up."""
    from topologies.engine.progress import ConsoleProgress  # noqa: PLC0415
    from topologies.lab import bring_up  # noqa: PLC0415

    flaw = load_defect(defect) if defect else None
    topology = loading.load(name)
    if flaw and flaw.topology != topology.name:
        raise UsageError(
            f"defect {flaw.name!r} stands on {flaw.topology!r}, not {topology.name!r}; bring that one up"
        )
    progress = ConsoleProgress(Console(stderr=True, highlight=False))
    with bring_up(topology, defect=flaw, keep=True, progress=progress) as lab:
        print(lab.lab_id)


@app.command()
def down(name: LabName) -> None:
    """Take down a lab, or every lab of a topology."""
    from topologies.lab import take_down  # noqa: PLC0415

    for lab in _labs_of(name):
        take_down(lab.lab_id)
        print(f"{lab.lab_id} is down")


@app.command()
def ps() -> None:
    """List the labs that are up."""
    from topologies.lab import labs  # noqa: PLC0415

    if present := labs():
        _console().print(labs_table(present))
    else:
        print("no lab is up")


@app.command()
def draw(
    name: Annotated[str, typer.Argument(metavar="NAME", help="a topology, its file, or the id of a lab")],
    *,
    output: Annotated[Path | None, typer.Option(help="SVG file; standard output without it")] = None,
    live: Annotated[
        bool | None,
        typer.Option(
            help="with the roles of a lab that is up; by default if there is one", show_default=False
        ),
    ] = None,
) -> None:
    """Draw a topology as SVG, with the live roles if a lab of it is up."""
    picture = (_live_picture(name, must=live is True) if live is not False else None) or svg(
        loading.load(name)
    )
    if output is None:
        sys.stdout.write(picture)
        return
    try:
        output.write_text(picture, encoding="utf-8")
    except OSError as reason:
        raise UsageError(f"{output}: cannot be written: {reason.strerror}") from reason


@app.command("exec", context_settings={"allow_interspersed_args": False})
def execute(
    name: LabName,
    node: Annotated[str, typer.Argument(metavar="NODE", help="such as lb1")],
    command: Annotated[list[str], typer.Argument(metavar="-- CMD...", help="what to run there")],
) -> None:
    """Run a command on a node of a lab, with this terminal; ends with the command's status."""
    from topologies.lab import attach  # noqa: PLC0415
    from topologies.lab.vm.container import entering  # noqa: PLC0415

    argv = command[1:] if command[0] == "--" else command
    found = _labs_of(name)
    if len(found) > 1:
        raise UsageError(
            f"several labs of {name!r} are up; name one of: {', '.join(lab.lab_id for lab in found)}"
        )
    with attach(found[0].lab_id) as lab:
        if node not in lab.nodes:
            raise UsageError(f"{lab.lab_id} has no node {node!r}{suggestion(node, lab.nodes)}")
        target = lab.nodes[node]
        flags = ["-i", "-t"] if sys.stdin.isatty() and sys.stdout.isatty() else ["-i"]
        command = [*entering(target.spec), *argv]
        program = [target.command_line.program, "exec", *flags, target.container, *command]
        ended = subprocess.run(program, env=target.command_line.environment, check=False)
    raise typer.Exit(ended.returncode)


@app.command()
def defects(
    *,
    matrix: Annotated[
        Path | None,
        typer.Option(help="kill matrix to print; default: what the last self-test saw, if it ran"),
    ] = None,
) -> None:
    """List the deliberate misconfigurations, what each must violate, and what it was seen to violate."""
    if matrix is None:
        _console().print(defects_table(load_defect(name) for name in defect_names()))
        matrix = LAST_MATRIX if LAST_MATRIX.exists() else None
    if matrix is not None:
        _console().print(matrix_table(Matrix.read(matrix)))


@app.command()
def setup() -> None:
    """Make everything ready that labs need: an engine, the base image, the images of the nodes."""
    from topologies.engine import setup as set_up  # noqa: PLC0415
    from topologies.engine.progress import ConsoleProgress  # noqa: PLC0415

    set_up(ConsoleProgress())


@app.command()
def clean(
    *,
    everything: Annotated[
        bool, typer.Option("--everything", help="also what was downloaded and made")
    ] = False,
) -> None:
    """Remove every lab, image and process of ours, and the engine if it is ours."""
    from topologies.engine import clean as clean_up  # noqa: PLC0415
    from topologies.engine.progress import ConsoleProgress  # noqa: PLC0415

    clean_up(ConsoleProgress(), everything=everything)


def _labs_of(name: str) -> "Sequence[LabInfo]":
    """Return the labs that *name* means: one by its id, or all of a topology, oldest first."""
    from topologies.lab import labs  # noqa: PLC0415

    present = labs()
    found = [lab for lab in present if name in {lab.lab_id, lab.topology}]
    if not found:
        ids = [lab.lab_id for lab in present]
        raise UsageError(f"no lab {name!r} is up{suggestion(name, ids, plural='up now')}")
    return found


def _live_picture(name: str, *, must: bool) -> str | None:
    """Return the drawing of the latest lab of that name, or None if there is none and none *must* be."""
    from topologies.lab import attach  # noqa: PLC0415

    try:
        with attach(_labs_of(name)[-1].lab_id) as lab:
            return svg(lab.topology, roles=lab.live_roles())
    except UsageError:
        if must:
            raise
    except LabError as reason:
        if must:
            raise
        print(f"drawn without live roles: {reason}", file=sys.stderr)
    return None


def _console() -> Console:
    """Return the terminal; a file or pipe gets lines as long as they need to be."""
    return Console() if sys.stdout.isatty() else Console(width=200)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; an error of ours is one sentence on standard error."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        status = app(given or ["--help"], prog_name="python -m topologies", standalone_mode=False)
    except ConformanceError as error:
        return _complain(str(error))
    except TyperException as error:
        return _complain(f"{error.format_message()} See python -m topologies --help.")
    if status == _SIGINT_STATUS and given[:1] != ["exec"]:
        return _INTERRUPTED
    return int(status or 0)


def _complain(sentence: str) -> int:
    Console(stderr=True, soft_wrap=True).print(sentence, style="red", markup=False, highlight=False)
    return _USAGE_OR_NO_LAB


if __name__ == "__main__":
    sys.exit(main())
