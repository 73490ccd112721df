"""The phone's desk: its address, its registrations, and everything that is under way on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from conformance.probes.phone.directory import Directory
from conformance.probes.phone.leg import Leg, Taken
from topologies.voice.agent import Agent
from topologies.voice.call import Call, Credentials
from topologies.voice.description import NoSpeechError, Speech
from topologies.voice.loop import LOOP
from topologies.voice.registration import Outcome, Registration
from topologies.voice.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.probes.phone.lines import Lines
    from topologies.voice.stream import Stream

NOT_ACCEPTABLE, UNAVAILABLE = 488, 480


class Operation(Protocol):
    """Something that is under way."""

    def leave(self) -> None:
        """End soon."""

    def give_up(self) -> None:
        """End now, with an outcome that nobody knows."""


class Desk:
    """Everything that calls need, and the calls."""

    def __init__(self, settings: dict[str, Any], lines: Lines, address: str) -> None:
        """Listen at *address*, for SIP and for speech.

        Raises:
            OSError: somebody listens there already.
        """
        self.settings = settings
        self.lines = lines
        self.under_way: set[Operation] = set()
        """Calls and registrations that have not ended."""
        self.directory = Directory(settings["names"])
        user, password = settings["user"], settings["password"]
        self.credentials = None if user is None else Credentials(user, password)
        self.agent = Agent(
            address,
            settings["port"],
            name="jtel-conformance",
            log=lines.datagram if settings["datagrams"] else None,
        )
        self.agent.on_call = self._called
        self.streams = Streams(address, range(*settings["rtp_ports"]), self._speech_changed)
        self.streams.start()
        self._registrations: dict[str, Registration] = {}
        self._registered: dict[str, Outcome] = {}
        self._leaving = False
        self._on_empty: Callable[[], None] = lambda: None

    def register(self) -> None:
        """Register where calls back are to find us."""
        for registrar in self.settings["registrars"]:
            self._registrations[registrar] = self._registration(registrar)

    def has_heard_from_registrars(self) -> bool:
        """Tell whether each registrar was asked, and has answered or let its time pass."""
        return len(self._registered) == len(self._registrations)

    def new_call(self, leg: Leg) -> Call:
        """Return a call that is still to be placed."""
        return Call(self.agent, leg)

    def leave(self, then: Callable[[], None]) -> None:
        """End every call that is up, and call *then* when nothing is left under way."""
        self._leaving = True
        self._on_empty = then
        for registration in self._registrations.values():
            registration.end()
        for operation in list(self.under_way):
            operation.leave()
        self.has_ended()

    def give_up(self) -> None:
        """Write down, for everything that is left, that nobody knows."""
        for operation in list(self.under_way):
            operation.give_up()

    def has_ended(self) -> None:
        """Take note that something has ended."""
        if self._leaving and not self.under_way:
            LOOP.later(0, self._on_empty)

    def _registration(self, registrar: str) -> Registration:
        settings = self.settings

        def tell(outcome: Outcome) -> None:
            before = self._registered.get(registrar)
            self._registered[registrar] = outcome
            if before is not None and before.status == outcome.status:
                return
            value = {
                "user": settings["number"],
                "contact": f"{self.agent.address}:{self.agent.port}",
                "registered": outcome.is_registered,
                "status": outcome.status,
                "expires_s": outcome.expires_s,
                "challenged": outcome.challenged,
            }
            self.lines.observed("phone-registration", registrar, value)

        return Registration(
            self.agent,
            tell,
            locate=lambda: self.directory.address(registrar),
            number=settings["number"],
            credentials=self.credentials,
            expires_s=settings["expires_s"],
        )

    def _called(self, call: Call) -> None:
        LOOP.later(0, self._take, call)  # not before sippy has done its own part

    def _take(self, call: Call) -> None:
        if call.ended_ns is not None:
            return
        if self._leaving:
            call.refuse(UNAVAILABLE)
            return
        try:
            Taken(self, call, Speech.of(call.description))
        except NoSpeechError:
            call.refuse(NOT_ACCEPTABLE)

    def _speech_changed(self, stream: Stream, since_ns: int) -> None:
        """Pass news on; this is the thread of the streams."""
        if isinstance(stream.tag, Leg):
            state = "flows" if stream.flows else "silent"
            LOOP.from_thread(stream.tag.tell_speech, state, since_ns)
