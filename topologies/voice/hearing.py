"""Who is heard on a port: the other side of this call, told apart from whoever else speaks there.

A call whose end nobody heard of is spoken to for a while, at a port that a later call may have by then.
Streams are told apart by their source identifier (RFC 3550, 8): each has numbers of its own.
"""

import dataclasses

from topologies.voice.reception import HEADER, Received, Reception

Peer = tuple[str, int]


class Hearing:
    """The receiver's half of one call."""

    def __init__(self, began_ns: int) -> None:
        """Begin to wait for the first packet at *began_ns*."""
        self._began_ns = began_ns
        self._peer: Peer | None = None
        self._nobody = Reception(began_ns)
        self._streams: dict[int, tuple[Peer, Reception]] = {}

    def expect(self, now_ns: int, peer: Peer) -> None:
        """Begin to wait only now, unless packets have come; the other side is to speak from *peer*."""
        self._began_ns = now_ns
        self._peer = peer
        self._nobody.expect(now_ns)
        for _, reception in self._streams.values():
            reception.expect(now_ns)

    def conclude(self, now_ns: int) -> None:
        """Wait for no more packets, as the call is being ended."""
        for reception in (self._nobody, *self._receptions):
            reception.conclude(now_ns)

    def feed(self, data: bytes, peer: Peer, at_ns: int) -> None:
        """Take in a datagram from *peer*."""
        if len(data) < HEADER.size:
            self._nobody.feed(data, peer[0], at_ns)
            return
        _, _, _, _, identifier = HEADER.unpack_from(data)
        if identifier not in self._streams:
            # Before the call was answered nobody waits, so the first packet does not end a silence.
            self._streams[identifier] = (peer, Reception(self._began_ns if self._peer else at_ns))
        self._streams[identifier][1].feed(data, peer[0], at_ns)

    @property
    def received(self) -> int:
        """How many packets of the other side have come."""
        return self._other_side.received

    @property
    def last_ns(self) -> int:
        """When its last packet came, or the wait began."""
        return self._other_side.last_ns

    def at(self, now_ns: int) -> Received:
        """Return what came until *now_ns*: figures of the other side, and sources of everybody."""
        mine = self._other_side
        figures = mine.at(now_ns)
        others = [one.at(now_ns) for one in (self._nobody, *self._receptions) if one is not mine]
        sources = dict.fromkeys((*figures.sources, *(name for other in others for name in other.sources)))
        return dataclasses.replace(
            figures,
            strange=sum(other.received + other.duplicate for other in others),
            malformed=figures.malformed + sum(other.malformed for other in others),
            sources=tuple(sources),
        )

    @property
    def _receptions(self) -> list[Reception]:
        return [reception for _, reception in self._streams.values()]

    @property
    def _other_side(self) -> Reception:
        """Return the stream from where the other side is to speak; else the one with most packets."""
        expected = [reception for peer, reception in self._streams.values() if peer == self._peer]
        return max(expected or self._receptions, key=_received, default=self._nobody)


def _received(reception: Reception) -> int:
    return reception.received
