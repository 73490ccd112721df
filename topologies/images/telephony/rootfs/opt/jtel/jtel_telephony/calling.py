"""`python3 -m jtel_telephony.calling`: call the hotline from its own node, and print the last status heard.

The call offers no speech, so a server that takes calls says 488; one that takes them and then hangs, 100.
From one that says nothing, nothing is printed, and the exit status is 1. sippy, which the server stands on,
has no part in it.
"""

import secrets
import socket
import sys
import time
from typing import Final

from .settings import read_settings

SIP_PORT: Final = 5060
PATIENCE_S: Final = 1.0
"""How long the server may take for its last word, and then for its farewell."""
_FINAL, _LONGEST_DATAGRAM = 200, 65535


class Caller:
    """One call, over a socket of its own at the address of the server."""

    def __init__(self, address: str, hotline: str) -> None:
        self._uri = f"sip:{hotline}@{address}"
        self._to = f"<{self._uri}>"
        self._mark = secrets.token_hex(8)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 0))
        self._socket.connect((address, SIP_PORT))

    def last_status(self, patience_s: float) -> int | None:
        """Call; return the last status within *patience_s*, None without any. The call is over then."""
        with self._socket:
            try:
                self._send("INVITE")
                status = self._last(patience_s)
                if status is not None and status < _FINAL:
                    self._send("CANCEL")
                    self._last(patience_s)
            except ConnectionRefusedError:
                return None  # nobody listens
            return status

    def _last(self, patience_s: float) -> int | None:
        """Return the last status of the INVITE; a final one ends the waiting, and is acknowledged."""
        last, ends_s = None, time.monotonic() + patience_s
        while (left_s := ends_s - time.monotonic()) > 0:
            self._socket.settimeout(left_s)
            try:
                answer = self._socket.recv(_LONGEST_DATAGRAM).decode()
            except TimeoutError:
                break
            headers = dict(line.partition(": ")[::2] for line in answer.split("\r\n"))
            if headers.get("CSeq") != "1 INVITE":
                continue
            last = int(answer.split(" ", 2)[1])
            if last >= _FINAL:
                self._to = headers["To"]
                self._send("ACK")
                break
        return last

    def _send(self, method: str) -> None:
        host, port = self._socket.getsockname()
        lines = [
            f"{method} {self._uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {host}:{port};rport;branch=z9hG4bK{self._mark}",
            "Max-Forwards: 5",
            f"From: <sip:canary@{host}>;tag={self._mark}",
            f"To: {self._to}",
            f"Call-ID: {self._mark}",
            f"CSeq: 1 {method}",
            f"Contact: <sip:canary@{host}:{port}>",
            "Content-Length: 0",
        ]
        self._socket.send("".join(f"{line}\r\n" for line in (*lines, "")).encode())


def main() -> int:
    """Call the server that this node's settings describe; return the exit status."""
    settings = read_settings()
    status = Caller(settings.address, settings.hotline).last_status(PATIENCE_S)
    if status is None:
        return 1
    sys.stdout.write(f"{status}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
