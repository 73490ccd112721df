"""`python -m conformance`: what can be done with a run that is over."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from conformance.exits import exit_status
from conformance.judging import judge as judged
from conformance.judging import read_verdict
from conformance.run import write_verdict
from topologies.errors import ConformanceError

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)


@app.callback()
def _root() -> None:
    """Keep `judge` a sub-command."""


@app.command()
def judge(
    run_dir: Annotated[Path, typer.Argument(help="run directory, such as reports/out/redundant-lb")],
    *,
    write: Annotated[bool, typer.Option(help="replace verdict.json by the new verdict")] = False,
) -> None:
    """Judge a stored run again, from its files alone."""
    before, now = read_verdict(run_dir), judged(run_dir)
    earlier = {requirement.id: requirement.verdict for requirement in before.requirements}
    for requirement in now.requirements:
        was = earlier.get(requirement.id)
        if requirement.verdict is not was:
            print(f"{requirement.id}: was {was}, is {requirement.verdict}: {requirement.reason}")
    print(f"{run_dir}: {now.verdict} (was {before.verdict})")
    if write:
        write_verdict(now, run_dir)
    raise typer.Exit(exit_status([now.verdict]))


def main() -> None:
    """Run the command; an error of ours is one sentence."""
    try:
        app()
    except ConformanceError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(4)


if __name__ == "__main__":
    main()
