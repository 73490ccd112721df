"""Recordings of calls: brought to the storage by a thread of its own, so that no call waits for it."""

import queue
import re
import struct
import threading
from typing import NamedTuple

from topologies.smb.store import Store
from topologies.smb.trouble import Trouble

from .settings import StorageSettings

AGAIN_AFTER_S = 1.0
BACKLOG = 10_000
"""Recordings that wait for a storage at most; further ones are lost."""
A_LAW, RATE_HZ = 6, 8000
SILENCE = b"\xd5" * (RATE_HZ // 10)
"""A tenth of a second of it: what was said is nobody's business here."""
FORBIDDEN = re.compile(r"[^A-Za-z0-9._-]")


class Recording(NamedTuple):
    """What is kept of a call."""

    name: str
    content: bytes


def recording(server: str, call_id: str, caller: str, received: int) -> Recording:
    """Return the file about a call: silence, and who called and how much of it was heard as a comment."""
    comment = f"{caller} heard {received} packets".encode()
    comment += bytes(len(comment) % 2)
    chunks = (
        (b"fmt ", struct.pack("<HHIIHH", A_LAW, 1, RATE_HZ, RATE_HZ, 1, 8)),
        (b"LIST", b"INFOICMT" + struct.pack("<I", len(comment)) + comment),
        (b"data", SILENCE),
    )
    body = b"WAVE" + b"".join(name + struct.pack("<I", len(data)) + data for name, data in chunks)
    name = f"{server}-{FORBIDDEN.sub('_', call_id)}.wav"
    return Recording(name, b"RIFF" + struct.pack("<I", len(body)) + body)


class Recordings(threading.Thread):
    """Writes the recording of every call that has ended, in their order, until it reads what it wrote."""

    def __init__(self, settings: StorageSettings, again_after_s: float = AGAIN_AFTER_S) -> None:
        super().__init__(name="recordings", daemon=True)
        self._store = Store(settings.host, settings.share, account=settings.user, password=settings.password)
        self._again_after_s = again_after_s
        self._waiting: queue.Queue[Recording] = queue.Queue(BACKLOG)
        self._pause = threading.Event()

    def add(self, one: Recording) -> None:
        """Have a recording kept; never waits."""
        try:
            self._waiting.put_nowait(one)
        except queue.Full:
            return

    def run(self) -> None:
        """Write until the process ends."""
        while True:
            self.write(self._waiting.get())

    def write(self, one: Recording) -> None:
        """Write one recording, however long it takes to find a storage that keeps it."""
        while not self._is_kept(one):
            self._pause.wait(self._again_after_s)

    def _is_kept(self, one: Recording) -> bool:
        try:
            self._store.write(one.name, one.content)
            content, _ = self._store.read(one.name)
        except Trouble:
            return False
        return content == one.content
