"""Command line: `python -m reports build RUN_DIR...`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from reports.building import build as build_report
from reports.trouble import ReportError

UNUSABLE = 4
"""Exit status of wrong usage, as of the whole suite."""

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def reports() -> None:
    """Make reports of stored runs, from their files alone."""


@app.command()
def build(
    run_dirs: Annotated[list[Path], typer.Argument(help="run directories, such as reports/out/redundant-lb")],
    output: Annotated[
        Path | None, typer.Option(help="the HTML file; default: report.html beside the run")
    ] = None,
) -> None:
    """Make one HTML file of one or several run directories, and print its path."""
    try:
        print(build_report(run_dirs, output))
    except ReportError as error:
        print(f"error: {error}", file=sys.stderr)
        raise typer.Exit(UNUSABLE) from None


if __name__ == "__main__":
    app(prog_name="python -m reports")
