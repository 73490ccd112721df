"""A message together with the datagram in which it came."""

import dataclasses
from typing import Generic, TypeVar

from conformance.sip_messages.datagram import Datagram, Direction
from conformance.sip_messages.message import Message

M_co = TypeVar("M_co", bound=Message, covariant=True)


@dataclasses.dataclass(frozen=True)
class Seen(Generic[M_co]):
    """A message, and when and from or to whom it went."""

    datagram: Datagram
    message: M_co

    @property
    def at_ns(self) -> int:
        """When it was sent or received."""
        return self.datagram.at_ns

    @property
    def direction(self) -> Direction:
        """Whether the end point sent or received it."""
        return self.datagram.direction

    @property
    def told(self) -> str:
        """Which message it is, for people: `200 to INVITE received from 198.18.3.61:5060`."""
        preposition = "to" if self.direction == "sent" else "from"
        return f"{self.message} {self.direction} {preposition} {self.datagram.peer}"
