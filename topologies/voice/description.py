"""Session descriptions (RFC 4566, RFC 3264): one stream of speech in G.711, offered and answered."""

import dataclasses

PCMU, PCMA = 0, 8
"""Payload types of RFC 3551, the two laws of G.711."""
NAMES = {PCMU: "PCMU", PCMA: "PCMA"}
PACKET_MS = 20


class NoSpeechError(ValueError):
    """A description has no stream of speech that we could use."""


@dataclasses.dataclass(frozen=True)
class Speech:
    """One side's end of a stream of speech."""

    address: str
    port: int
    payload_types: tuple[int, ...] = (PCMA, PCMU)
    """In order of preference; an answer has one."""
    session: str = "-"
    """The name of the session; a telephony server puts its own there."""

    def text(self, version: int = 1) -> str:
        """Return the description, in ASCII, as its length is counted in characters by sippy."""
        types = " ".join(map(str, self.payload_types))
        lines = [
            "v=0",
            f"o=- {self.port} {version} IN IP4 {self.address}",
            f"s={self.session}",
            f"c=IN IP4 {self.address}",
            "t=0 0",
            f"m=audio {self.port} RTP/AVP {types}",
            *(f"a=rtpmap:{number} {NAMES[number]}/8000" for number in self.payload_types),
            f"a=ptime:{PACKET_MS}",
            "a=sendrecv",
        ]
        return "".join(f"{line}\r\n" for line in lines)

    @classmethod
    def of(cls, text: str) -> "Speech":
        """Read a description; only what both laws of G.711 have in common with it is kept.

        Raises:
            NoSpeechError: it has no audio, or none that we understand.
        """
        session, address, port = "-", "", 0
        offered: tuple[int, ...] = ()
        for line in text.splitlines():
            kind, _, value = line.partition("=")
            if kind == "s":
                session = value.strip()
            elif kind == "m" and port:
                break  # what follows describes a further stream
            elif kind == "m" and value.startswith("audio "):
                port, offered = _media(value)
            elif kind == "c" and value.startswith("IN IP4 "):
                address = value.split()[2].partition("/")[0]
        known = tuple(number for number in offered if number in NAMES)
        if not (address and port and known):
            raise NoSpeechError(f"no G.711 is offered in {text!r}")
        return cls(address, port, known, session)


def answer_to(offer: Speech, *, address: str, port: int, session: str = "-") -> Speech:
    """Return the answer: the first law that was offered, at our own address and port."""
    return Speech(address, port, offer.payload_types[:1], session)


def _media(value: str) -> tuple[int, tuple[int, ...]]:
    """Return port and payload types of `audio 40000 RTP/AVP 8 0`."""
    fields = value.split()
    if len(fields) < 4 or not fields[1].isdigit():  # noqa: PLR2004 -- kind, port, protocol, types
        raise NoSpeechError(f"m={value} is not understood")
    return int(fields[1]), tuple(int(field) for field in fields[3:] if field.isdigit())
