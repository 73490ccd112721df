"""A registrar in a thread, without sippy: it challenges, checks the digest, and keeps what it was asked."""

import contextlib
import hashlib
import re
import socket
import threading
import time
from collections.abc import Iterator
from typing import NamedTuple

REALM, NONCE = "jtel", "5f3c"


class Asked(NamedTuple):
    """One REGISTER that came."""

    at_s: float
    """CLOCK_MONOTONIC."""
    call_id: str
    sequence: int
    expires_s: int
    status: int
    """What the answer was."""


class Registrar(threading.Thread):
    """Registers whoever knows the password, for *grants_s* at most."""

    def __init__(self, address: str, password: str, grants_s: int = 60) -> None:
        super().__init__(name="registrar", daemon=True)
        self.asked: list[Asked] = []
        self.grants_s = grants_s
        self.is_silent = False
        self._password = password
        self._ending = False
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(0.1)
        self._socket.bind((address, 5060))

    def run(self) -> None:
        """Answer until told to end."""
        while not self._ending:
            with contextlib.suppress(TimeoutError):
                data, peer = self._socket.recvfrom(65535)
                if data.startswith(b"REGISTER") and not self.is_silent:
                    self._socket.sendto(self._answer(data.decode()).encode(), peer)

    def close(self) -> None:
        """Listen no more."""
        self._ending = True
        self.join()
        self._socket.close()

    def _answer(self, request: str) -> str:
        contact = _header(request, "Contact")
        match = re.search(r";expires=(\d+)", contact)
        wanted_s = int(match[1]) if match else self.grants_s
        proof = re.search(r"^Authorization: *Digest (.*)\r$", request, re.MULTILINE)
        lines = [f"{name}: {_header(request, name)}" for name in ("Via", "From", "Call-ID", "CSeq")]
        lines.append(f"To: {_header(request, 'To')};tag=r")
        if proof is None:
            status = 401
            lines.append(f'WWW-Authenticate: Digest realm="{REALM}", nonce="{NONCE}", qop="auth"')
        elif self._is_right(proof[1]):
            status = 200
            lines.append(f"Contact: {contact.partition(';')[0]};expires={min(wanted_s, self.grants_s)}")
        else:
            status = 403
        sequence = int(_header(request, "CSeq").split()[0])
        self.asked.append(Asked(time.monotonic(), _header(request, "Call-ID"), sequence, wanted_s, status))
        return "\r\n".join([f"SIP/2.0 {status} Said", *lines, "Content-Length: 0", "", ""])

    def _is_right(self, proof: str) -> bool:
        """Check a digest after RFC 2617, 3.2.2 (qop=auth)."""
        told = {name: value.strip('"') for name, value in re.findall(r'(\w+)=("[^"]*"|[^,]*)', proof)}
        secret = _md5(f"{told['username']}:{REALM}:{self._password}")
        asked = _md5(f"REGISTER:{told['uri']}")
        parts = (secret, NONCE, told["nc"], told["cnonce"], told["qop"], asked)
        return bool(told["response"] == _md5(":".join(parts)))


def _header(message: str, name: str) -> str:
    match = re.search(rf"^{name}: *(.*)\r$", message, re.MULTILINE)
    assert match, f"{name} is missing in {message}"
    return match[1]


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@contextlib.contextmanager
def registrar(address: str, password: str, grants_s: int = 60) -> Iterator[Registrar]:
    """Register for the length of the block."""
    one = Registrar(address, password, grants_s)
    one.start()
    try:
        yield one
    finally:
        one.close()
