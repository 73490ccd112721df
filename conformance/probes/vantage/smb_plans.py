"""Files that are left on a share, read back, and logins alone."""

from __future__ import annotations

import hashlib
import random
from typing import TYPE_CHECKING, Any

from conformance.probes.vantage.plan import Judged, Plan, Request, lost
from topologies.smb import packets
from topologies.smb.trouble import Garbled, Refused

if TYPE_CHECKING:
    from conformance.probes.vantage.smb_wire import SmbAnswer


class SmbPlan(Plan):
    """Judges by the first status that is not good; a file may be there in part once it was made."""

    def answered(self, request: Request, answer: SmbAnswer) -> Judged:
        """Judge a whole answer."""
        bad = next(((at, one.status) for at, one in enumerate(answer.answers) if one.status), None)
        if bad is not None:
            at, status = bad
            outcome = lost(request) if at else "failed"
            return Judged(outcome, str(Refused(status)), answer.computer, {})
        try:
            return Judged("ok", None, answer.computer, self.told(answer))
        except Garbled:
            return Judged(lost(request), "torn answer", answer.computer, {})

    def told(self, answer: SmbAnswer) -> dict[str, Any]:  # noqa: ARG002 -- a read tells more
        """Return further fields for the history that *answer* tells.

        Raises:
            Garbled: it is not what was asked for.
        """
        return {}


class Writes(SmbPlan):
    """A new file in every slot; it is on the server's disk before it is acknowledged."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._client: str = settings["client"]
        self._size: int = settings["size"]

    def request(self, slot: int) -> Request:
        """Return the writing of the slot's file."""
        name = f"{self._client}-{slot}"
        content = content_of(name, self._size)
        about = {"what": "write", "file": name, "size": len(content), "sha256": digest(content)}
        return Request(packets.write(name, content), writes=True, about=about)


class Reads(SmbPlan):
    """The files that are named, each once; a slot that a stall left out puts the rest off."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._files = iter(settings["files"])

    def request(self, slot: int) -> Request | None:  # noqa: ARG002 -- the next one, whatever its number
        """Return the reading of the next file; None when all have been read."""
        name = next(self._files, None)
        if name is None:
            return None
        return Request(packets.read(name), writes=False, about={"what": "read", "file": name})

    def told(self, answer: SmbAnswer) -> dict[str, Any]:
        """Return how long the file is, and its checksum."""
        content = packets.content_of(answer.answers[1])
        return {"size": len(content), "sha256": digest(content)}


class Logins(SmbPlan):
    """A login, and a look at the folder."""

    def __init__(self, settings: dict[str, Any]) -> None:  # noqa: ARG002 -- as every plan is made
        self._request = Request(packets.names(), writes=False, about={"what": "login"})

    def request(self, slot: int) -> Request:  # noqa: ARG002 -- the same in every slot
        """Return the look."""
        return self._request


def content_of(name: str, size: int) -> bytes:
    """Return *size* bytes that no file of another name has."""
    return random.Random(name).randbytes(size)  # noqa: S311 -- unlike others, not secret


def digest(content: bytes) -> str:
    """Return the checksum of a file."""
    return hashlib.sha256(content).hexdigest()
