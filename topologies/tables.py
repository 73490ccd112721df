"""The tables that `python -m topologies` prints: labs that are up, defects, the kill matrix."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError
from rich.table import Table
from rich.text import Text

from topologies.defect import Defect
from topologies.document import shown
from topologies.errors import UsageError

if TYPE_CHECKING:
    from topologies.lab import LabInfo


def labs_table(labs: Iterable["LabInfo"]) -> Table:
    """Return one row per lab."""
    table = Table(
        "lab", "topology", "state", "owner", "since", "nodes", box=None, header_style="bold", pad_edge=False
    )
    for lab in labs:
        state = Text("up", style="green") if lab.is_up else Text("coming up", style="yellow")
        if lab.defect:
            state.append(f", defect {lab.defect}", style="red")
        owner = "kept" if lab.owner == "kept" else f"process {lab.owner.split(':')[1]}"
        since = lab.started_at.astimezone().strftime("%Y-%m-%d %H:%M:%S") if lab.started_at else "?"
        table.add_row(Text(lab.lab_id, no_wrap=True), lab.topology, state, owner, since, ", ".join(lab.nodes))
    return table


def defects_table(defects: Iterable[Defect]) -> Table:
    """Return one row per defect."""
    table = Table("defect", "topology", "violates", "why", box=None, header_style="bold", pad_edge=False)
    for defect in defects:
        violates = Text(", ".join(defect.violates), style="red")
        if defect.blocks:
            violates.append(f"\nblocks {', '.join(defect.blocks)}", style="dim")
        table.add_row(Text(defect.name, no_wrap=True), defect.topology, violates, defect.why)
    return table


class Row(BaseModel):
    """What became of one defect."""

    model_config = ConfigDict(frozen=True)

    declared: frozenset[str]
    violated: frozenset[str]
    unknown: frozenset[str] = frozenset()

    @property
    def is_exact(self) -> bool:
        """Tell whether exactly what was declared was violated."""
        return self.declared == self.violated


class Matrix(BaseModel):
    """The kill matrix: which defect was noticed by which requirement."""

    model_config = ConfigDict(frozen=True)

    defects: dict[str, Row]

    @classmethod
    def read(cls, path: Path) -> "Matrix":
        """Read a kill matrix.

        Raises:
            UsageError: the file cannot be read or is no kill matrix.
        """
        try:
            return cls.model_validate(json.loads(path.read_text(encoding="utf-8")))
        except OSError as reason:
            raise UsageError(f"{shown(path)}: cannot be read: {reason.strerror}") from reason
        except (ValidationError, ValueError) as reason:
            raise UsageError(
                f"{shown(path)}: is no kill matrix; take one that the self-test wrote"
            ) from reason


def matrix_table(matrix: Matrix) -> Table:
    """Return defects against requirements, one letter a cell; the caption explains the letters."""
    rows = matrix.defects.values()
    columns = sorted(
        {id_ for row in rows for id_ in row.declared | row.violated | row.unknown}, key=_in_catalogue
    )
    title = "x noticed   o not noticed   ! false alarm   ? not judged"
    table = Table("defect", box=None, header_style="bold", pad_edge=False, caption=title)
    for id_ in columns:
        table.add_column(id_.replace("-", "\n"), justify="center")
    table.add_column("")
    for name, row in matrix.defects.items():
        verdict = Text("exact", style="green") if row.is_exact else Text("differs", style="bold red")
        table.add_row(Text(name, no_wrap=True), *(_cell(row, id_) for id_ in columns), verdict)
    return table


def _cell(row: Row, id_: str) -> Text:
    if id_ in row.violated:
        return Text("x", style="green") if id_ in row.declared else Text("!", style="bold red")
    if id_ in row.declared:
        return Text("o", style="bold red")
    return Text("?", style="yellow") if id_ in row.unknown else Text("·", style="dim")


def _in_catalogue(id_: str) -> tuple[str, int]:
    chapter, _, number = id_.partition("-")
    return chapter, int(number) if number.isdecimal() else 0
