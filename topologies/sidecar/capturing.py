"""Capturing frames on an interface of a node, with tcpdump."""

from __future__ import annotations

import os
import selectors
import subprocess
import threading
import time
from typing import TYPE_CHECKING

from .interfaces import interface_with
from .namespaces import in_network_of
from .refusals import Refused

if TYPE_CHECKING:
    from .processes import Init

_READY_S = 5.0


class Capturing:
    """Frames of one interface, in pcap format, until it is stopped, its time is over or the node ends."""

    def __init__(self, init: Init, address: str, filter_: str, seconds: float) -> None:
        interface = interface_with(init.pid, address)
        argv = [
            "tcpdump",
            "-i",
            interface,
            "-n",
            "-U",
            "--immediate-mode",
            "-Z",
            "root",
            "-w",
            "-",
            *filter_.split(),
        ]
        self._caught = bytearray()
        self._tcpdump = in_network_of(
            init.pid, lambda: subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        )
        self._death = init.death()
        self._ends_s = time.monotonic() + seconds
        self._await_ready()
        self._thread = threading.Thread(target=self._collect, daemon=True, name="capture")
        self._thread.start()

    def stop(self) -> None:
        """End the capture."""
        self._tcpdump.terminate()
        self._thread.join()

    def caught(self) -> bytes:
        """Return what was caught so far, in pcap format."""
        return bytes(self._caught)

    def _await_ready(self) -> None:
        says = self._tcpdump.stderr
        if says is None:
            raise Refused("tcpdump has no standard error")
        said = b""
        with selectors.DefaultSelector() as selector:
            selector.register(says, selectors.EVENT_READ)
            while b"listening on" not in said:
                chunk = os.read(says.fileno(), 4096) if selector.select(_READY_S) else b""
                if not chunk:
                    self._tcpdump.kill()
                    self._close()
                    raise Refused(f"tcpdump does not capture: {said.decode(errors='replace').strip()}")
                said += chunk

    def _collect(self) -> None:
        out = self._tcpdump.stdout
        if out is None:
            return
        with selectors.DefaultSelector() as selector:
            selector.register(out, selectors.EVENT_READ)
            selector.register(self._death, selectors.EVENT_READ)
            while (left_s := self._ends_s - time.monotonic()) > 0:
                ready = [key.fd for key, _ in selector.select(left_s)]
                if self._death in ready:
                    break
                if out.fileno() in ready:
                    if not (chunk := os.read(out.fileno(), 65536)):
                        break
                    self._caught += chunk
        self._tcpdump.kill()
        self._close()

    def _close(self) -> None:
        self._tcpdump.wait()
        for pipe in (self._tcpdump.stdout, self._tcpdump.stderr):
            if pipe is not None:
                pipe.close()
        os.close(self._death)
