"""What is spoken between two nodes, as a capture shows it."""

import dataclasses
from collections.abc import Sequence

from conformance.checkers.tls import is_tls

SIP = b"SIP/2.0"
"""In the first line of every message, and in each Via."""


@dataclasses.dataclass(frozen=True)
class Spoken:
    """How many payloads are of which kind."""

    sip: int
    """Those in which SIP can be read."""
    tls: int
    """Those that begin with a TLS record."""
    payloads: int


def spoken(payloads: Sequence[bytes]) -> Spoken:
    """Return what *payloads* of a capture are."""
    return Spoken(
        sip=sum(SIP in payload for payload in payloads),
        tls=sum(is_tls(payload) for payload in payloads),
        payloads=len(payloads),
    )
