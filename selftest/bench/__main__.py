"""`python -m selftest.bench [TIMES]`: print how exactly and how cheaply outages are measured here."""

import os
import platform
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from selftest.bench.accuracy import POLL_MS, Accuracy, accuracies
from selftest.bench.cost import Cost, costs

TIMES = 5
WIDTH = 130


def main() -> None:
    """Measure and print."""
    console = Console(width=WIDTH)
    times = int(sys.argv[1]) if len(sys.argv) > 1 else TIMES
    console.print(
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}"
    )
    table = _accuracy_table(times)
    with tempfile.TemporaryDirectory() as folder:
        for row in accuracies(Path(folder), times):
            _add_accuracy(table, row)
    console.print(table)
    console.print(_cost_table([*costs()]))


def _accuracy_table(times: int) -> Table:
    table = Table(title=f"Synthetic outages, an operation every 4 ms: medians of {times}, in ms")
    table.add_column("silence")
    for name in ("length", "measured", "error", "worst error", "width of bound", "truth inside", "stalled"):
        table.add_column(name, justify="right")
    table.add_column(f"httpx, polling every {POLL_MS:g} ms", justify="right")
    return table


def _add_accuracy(table: Table, row: Accuracy) -> None:
    table.add_row(
        row.mode,
        f"{row.length_ms:g}",
        f"{row.estimate_ms:.1f}",
        f"{row.error_ms:.1f}",
        f"{row.worst_error_ms:.1f}",
        f"{row.width_ms:.1f}",
        f"{row.contained}/{row.times}",
        f"{row.spoilt}/{row.times}",
        "nothing noticed" if row.polled_ms is None else f"{row.polled_ms:.1f}",
    )


def _cost_table(rows: list[Cost]) -> Table:
    table = Table(title="Processor time of the client, new connection for every operation")
    table.add_column("client")
    for name in ("operations/s", "us per operation", "share of a core"):
        table.add_column(name, justify="right")
    for row in rows:
        rate = f"{row.operations / row.wall_s:.0f}"
        table.add_row(row.client, rate, f"{row.per_operation_us:.0f}", f"{row.share_of_core:.1%}")
    return table


if __name__ == "__main__":
    main()
