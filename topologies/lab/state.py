"""What is known about a lab that is up, kept where every process of this machine finds it."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from topologies.errors import LabError
from topologies.home import runtime
from topologies.lab.credentials import Secrets
from topologies.model import Topology

_FILE: Final = "state.json"


class LabState(BaseModel):
    """Everything that `attach` needs; readable by its owner only, since it holds the key to the secrets."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lab_id: str
    declared: Topology
    """The topology in slot 0."""
    slot: int = 0
    defect: str | None = None
    secrets_key: str = Field(repr=False)
    secret_names: tuple[str, ...] = ()
    ca_pem: str = ""
    owner: str
    """The process that brought the lab up, as in the label."""
    kept: bool
    is_up: bool = False
    """False while the lab is being brought up."""
    started_at: datetime
    engine_url: str
    images: Mapping[str, str]
    """Tag per role."""
    files: Mapping[str, tuple[str, ...]] = {}
    """Paths of the rendered files per node."""

    @property
    def topology(self) -> Topology:
        """The topology with the addresses that it has in this lab."""
        return self.declared.relocated(self.slot)

    def secrets(self) -> Secrets:
        """Return the accounts of the lab."""
        return Secrets(self.secrets_key, self.secret_names)


def folder(lab_id: str) -> Path:
    """Return where the state of a lab lies."""
    return labs_folder() / lab_id


def labs_folder() -> Path:
    """Return where the states of all labs lie."""
    return runtime() / "labs"


@contextlib.contextmanager
def locked(what: str) -> Iterator[None]:
    """Keep every other process of this machine out of *what* (such as `labs`) for the length of the block."""
    runtime().mkdir(parents=True, exist_ok=True)
    with (runtime() / f"{what}.lock").open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def write(state: LabState) -> None:
    """Write the state of a lab, all of it or nothing."""
    place = folder(state.lab_id)
    with locked("labs"):
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, draft = tempfile.mkstemp(dir=place, prefix=_FILE)  # made with mode 0600
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(state.model_dump_json(indent=1, by_alias=True))
        Path(draft).replace(place / _FILE)


def read(lab_id: str) -> LabState | None:
    """Return the state of a lab, or None where there is none.

    Raises:
        LabError: it cannot be understood.
    """
    path = folder(lab_id) / _FILE
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        return LabState.model_validate_json(text)
    except ValidationError as error:
        raise LabError(
            f"{path}: written by another version ({error.error_count()} differences); "
            f"remove the lab with: python -m topologies down {lab_id}"
        ) from error


def remove(lab_id: str) -> None:
    """Forget the state of a lab; no error where there is none."""
    shutil.rmtree(folder(lab_id), ignore_errors=True)
    if folder(lab_id).exists():
        raise LabError(f"{folder(lab_id)}: cannot be removed; remove it by hand")


def lab_ids() -> Iterator[str]:
    """Yield the id of every lab that has a folder, with a readable state or without."""
    if labs_folder().is_dir():
        yield from sorted(entry.name for entry in labs_folder().iterdir() if entry.is_dir())
