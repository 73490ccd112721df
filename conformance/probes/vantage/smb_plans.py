"""Files that are left on a share, appended to, read back, and logins alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.probes.vantage.smb_records import client_of, content_of, digest, examined, file_of, record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from topologies.smb.share import Share


class Task(NamedTuple):
    """What is to be done in a slot."""

    writes: bool
    """Whether a lost answer leaves it unknown if it took effect."""
    about: dict[str, Any]
    """Fields for the operation's `invoke` line."""
    do: Callable[[Share, float], dict[str, Any]]
    """Does it over a share until a deadline, and returns further fields for the line of its good end."""
    file_of: Callable[[Share], str] | None = None
    """Which file it is about, where that depends on the connection: the line of its end has that too."""


class Writes:
    """A new file in every slot; it is on the server's disk before it is acknowledged."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._client: str = settings["client"]
        self._size: int = settings["size"]

    def task(self, slot: int) -> Task:
        """Return the writing of the slot's file."""
        name = f"{self._client}-{slot}"
        content = content_of(name, self._size)

        def do(share: Share, until_s: float) -> dict[str, Any]:
            share.write(name, content, until_s)
            return {}

        about = {"what": "write", "file": name, "size": len(content), "sha256": digest(content)}
        return Task(writes=True, about=about, do=do)


class Appends:
    """A record in every slot, at the end of a file; it is on the server's disk before it is acknowledged.

    Each connection has a file of its own: a record of unknown fate may be under way when the next one comes.
    """

    def __init__(self, settings: dict[str, Any]) -> None:
        self._client: str = settings["client"]
        self._size: int = settings["size"]

    def task(self, slot: int) -> Task:
        """Return the appending of the slot's record."""
        line = record(self._client, slot, self._size)

        def do(share: Share, until_s: float) -> dict[str, Any]:
            share.append(self._file_of(share), line, until_s)
            return {}

        about = {"what": "append", "client": self._client, "sequence": slot}
        return Task(writes=True, about=about, do=do, file_of=self._file_of)

    def _file_of(self, share: Share) -> str:
        return file_of(self._client, share.number)


class Reads:
    """The files that are named, each once; a slot that a stall left out puts the rest off.

    Of a file that was appended to, the records are told as well.
    """

    def __init__(self, settings: dict[str, Any]) -> None:
        self._files: Iterator[str] = iter(settings["files"])

    def task(self, slot: int) -> Task | None:  # noqa: ARG002 -- the next one, whatever its number
        """Return the reading of the next file; None when all have been read."""
        name = next(self._files, None)
        if name is None:
            return None

        def do(share: Share, until_s: float) -> dict[str, Any]:
            content = share.read(name, until_s)
            client = client_of(name)
            found = examined(client, content) if client else {}
            return {"size": len(content), "sha256": digest(content), **found}

        return Task(writes=False, about={"what": "read", "file": name}, do=do)


class Logins:
    """A login, and a look at the folder."""

    def __init__(self, settings: dict[str, Any]) -> None:
        """Take *settings* as every plan does; none of them matters here."""

    def task(self, slot: int) -> Task:  # noqa: ARG002 -- the same in every slot
        """Return the look."""

        def do(share: Share, until_s: float) -> dict[str, Any]:
            share.names(until_s)
            return {}

        return Task(writes=False, about={"what": "login"}, do=do)
