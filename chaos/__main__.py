"""`python -m chaos`: inject a fault by hand, and heal it."""

import signal
import sys
import threading
from collections.abc import Mapping
from types import FrameType
from typing import Annotated, Any

import typer

from chaos.injection import injected
from chaos.registry import FAULTS, fault_named
from topologies.errors import ConformanceError

app = typer.Typer(no_args_is_help=True, add_completion=False, help="What goes wrong, on purpose.")

EXIT_NOT_HAD = 4
"""The command line was wrong, or the lab could not be had or hurt."""


@app.command("list")
def list_faults() -> None:
    """List the faults."""
    for kind in FAULTS.values():
        print(f"{kind.slug:18} {kind.summary}")


@app.command()
def inject(
    fault: Annotated[str, typer.Argument(help="Which fault; see `list`.")],
    node: Annotated[str, typer.Argument(help="On which node.")],
    topology: Annotated[str, typer.Option(help="The lab: its topology or its id.")],
    seconds: Annotated[
        float, typer.Option("--for", help="Seconds until it is healed; Ctrl-C heals sooner.")
    ] = 10.0,
    program: Annotated[str | None, typer.Option(help="Which program a crash hits.")] = None,
) -> None:
    """Inject FAULT on NODE of a lab that is up, hold it, heal it."""
    from topologies.lab import attach  # noqa: PLC0415 -- only this command needs an engine

    signal.signal(signal.SIGTERM, _leave)
    began_ns: list[int] = []

    def record(line: Mapping[str, Any]) -> None:
        began_ns.append(line["began_ns"])
        after_s, took_ms = (line["began_ns"] - began_ns[0]) / 1e9, (line["ended_ns"] - line["began_ns"]) / 1e6
        what = line["name"] if line["t"] == "fault" else f"{line['name']} healed"
        print(f"{after_s:8.2f} s  {line['node']:12} {what} (took {took_ms:.0f} ms)", flush=True)

    with attach(topology) as lab, injected(fault_named(fault, node, program), lab, record):
        threading.Event().wait(seconds)


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    try:
        app()
    except ConformanceError as error:
        print(error, file=sys.stderr)
        sys.exit(EXIT_NOT_HAD)
