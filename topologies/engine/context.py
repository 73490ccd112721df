"""A build context as a value: the files of an image, and a hash of all that decides what comes of them."""

import dataclasses
import hashlib
import io
import os
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from topologies.engine import brought
from topologies.errors import SetUpError

LEFT_OUT = frozenset({"configs", "__pycache__"})
"""`configs` is rendered into the nodes by the lab, so a change there needs no new image."""
IMAGES = Path(__file__).parents[1] / "images"


@dataclasses.dataclass(frozen=True)
class Entry:
    """One file of a context; modes are those that git keeps, so every checkout gives the same."""

    name: str
    executable: bool
    content: bytes

    @property
    def mode(self) -> int:
        """Permission bits in the image."""
        return 0o755 if self.executable else 0o644


@dataclasses.dataclass(frozen=True)
class Context:
    """What an image is built from."""

    entries: tuple[Entry, ...]

    def digest(self, parameters: Mapping[str, str]) -> str:
        """Return 12 hex digits that change with any file, mode or parameter."""
        sha = hashlib.sha256()
        for name, value in sorted(parameters.items()):
            sha.update(f"{name}={value}\0".encode())
        for entry in self.entries:
            sha.update(f"{entry.name}\0{entry.mode:o}\0{len(entry.content)}\0".encode())
            sha.update(entry.content)
        return sha.hexdigest()[:12]

    def archive(self) -> io.BytesIO:
        """Return the context as a tar, the same bytes for the same entries."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as tar:
            for entry in self.entries:
                member = tarfile.TarInfo(entry.name)
                member.size, member.mode = len(entry.content), entry.mode
                tar.addfile(member, io.BytesIO(entry.content))
        buffer.seek(0)
        return buffer


def roles(images: Path = IMAGES) -> list[str]:
    """Return every role that has an image."""
    return sorted(dockerfile.parent.name for dockerfile in images.glob("*/Dockerfile"))


def context_of(role: str, images: Path = IMAGES) -> Context:
    """Return the build context of a role: its folder, and what is brought to it from elsewhere.

    Raises:
        SetUpError: the role has no Dockerfile, or what is to be brought is not here.
    """
    folder = images / role
    if not (folder / "Dockerfile").is_file():
        raise SetUpError(
            f"{folder} has no Dockerfile: there is no image for the role {role!r}, one of {roles(images)}"
        )
    entries = [_entry(path, str(path.relative_to(folder))) for path in _files(folder)]
    entries += [_entry(path, name) for path, name in brought.sources(role)]
    return Context(tuple(sorted(entries, key=lambda entry: entry.name)))


def _files(folder: Path) -> Iterable[Path]:
    return (
        path
        for path in folder.rglob("*")
        if path.is_file() and not LEFT_OUT.intersection(path.relative_to(folder).parts)
    )


def _entry(path: Path, name: str) -> Entry:
    return Entry(name, executable=os.access(path, os.X_OK), content=path.read_bytes())
