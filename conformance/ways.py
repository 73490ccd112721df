"""The ways of failing by which a requirement was tried, and those that the run left out."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, RootModel, ValidationError

from topologies.errors import UsageError

FILE = "ways.json"
"""Lies in the run directory where ways were left out, so that judging again says so too."""


class WaysTried(BaseModel):
    """Of one requirement that is judged by some of its ways alone."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    taken: tuple[str, ...]
    left_out: tuple[str, ...]

    def __str__(self) -> str:
        left_out = f"left out: {', '.join(self.left_out)}"
        return f"only by {', '.join(self.taken)}; {left_out}" if self.taken else left_out


class _Stored(RootModel[dict[str, WaysTried]]):
    """By the id of the requirement."""


def keep(tried: Mapping[str, WaysTried], run_dir: Path) -> None:
    """Write what was left out, where anything was."""
    if tried:
        text = _Stored(dict(tried)).model_dump_json(indent=1)
        (run_dir / FILE).write_text(text + "\n", encoding="utf-8")


def kept(run_dir: Path) -> dict[str, WaysTried]:
    """Return what a stored run left out.

    Raises:
        UsageError: the file is not one of this version.
    """
    try:
        return _Stored.model_validate_json((run_dir / FILE).read_text(encoding="utf-8")).root
    except FileNotFoundError:
        return {}
    except (OSError, ValidationError) as error:
        raise UsageError(f"{run_dir}: no readable {FILE}; give the run directory of a run") from error
