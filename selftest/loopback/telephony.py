"""The real telephony stand-in on loopback, in a process of its own, without a database."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from topologies.local import LocalNode
from topologies.waiting import wait_until

ADDRESS = "127.0.81.1"
PROGRAM = "topologies.images.telephony.rootfs.opt.jtel.jtel_telephony"
RUN = (
    "import sys, pathlib;"
    f"from {PROGRAM}.__main__ import serve;"
    "serve(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))"
)
SIP_IN_HEX = "13C4"
"""Port 5060 in /proc/net/udp."""


class Telephony:
    """One server."""

    def __init__(self, folder: Path, **changes: Any) -> None:
        self.state = folder / "state"
        settings = {**_SETTINGS, **changes}
        database = settings.pop("database")
        self.address = str(settings["address"])
        self.file = folder / "telephony.toml"
        lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
        lines += ["[database]", *(f"{name} = {json.dumps(value)}" for name, value in database.items())]
        self.file.write_text("\n".join(lines))
        argv = [sys.executable, "-c", RUN, str(self.file), str(self.state)]
        self.process = subprocess.Popen(argv, stderr=subprocess.PIPE, text=True)

    def wait_until_it_listens(self) -> None:
        """Wait until it can be called."""
        backwards = bytes(reversed(socket.inet_aton(self.address))).hex().upper()
        wait_until(
            "the telephony server listens",
            lambda: (
                self.process.poll() is None
                and f"{backwards}:{SIP_IN_HEX}" in Path("/proc/net/udp").read_text()
            ),
            bool,
            patience_s=10,
        )

    def obey(self, line: str, instead: str) -> None:
        """Change a line of its settings, and have them read again."""
        text = self.file.read_text()
        assert line in text
        self.file.write_text(text.replace(line, instead))
        self.process.send_signal(signal.SIGHUP)

    def kill(self) -> None:
        """End it without a word."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> float:
        """End it in order; return how long that took, in seconds."""
        began_s = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(5) == 0
        return time.monotonic() - began_s


@contextlib.contextmanager
def telephony(folder: Path, **changes: Any) -> Iterator[Telephony]:
    """Serve for the length of the block; *changes* are to the settings. It must not complain."""
    server = Telephony(folder, **changes)
    try:
        server.wait_until_it_listens()
        yield server
    finally:
        server.kill()
        assert server.process.stderr is not None
        said = server.process.stderr.read()
        server.process.stderr.close()
    assert not said, said


class Here(LocalNode):
    """Our own machine as a vantage whose Python has sippy."""

    def start(self, *argv: str) -> "subprocess.Popen[str]":
        """Start a command; `python3` is the Python that we run in."""
        return super().start(*(sys.executable if word == "python3" else word for word in argv))


class HasHere:
    """What is needed of a system to run probes here."""

    vantage = Here()


_SETTINGS: dict[str, Any] = {
    "server": "tel1",
    "address": ADDRESS,
    "hotline": "100",
    "ring_ms": 20,
    "trunks": [],
    "register": [],
    "accept_from": [],
    "user": "tel1",
    "password": "right",
    "expires_s": 20,
    "refresh": True,
    "reject": 0,
    "silent_calls": False,
    "sdp_address": ADDRESS,
    "call_back_via": "",
    "database": {"host": "127.0.81.9", "port": 9, "user": "x", "password": "x", "schema": "x"},
}
