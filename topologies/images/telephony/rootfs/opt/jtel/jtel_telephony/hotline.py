"""The hotline: takes calls, speaks and listens, and calls back over the trunk on which a call came."""

import dataclasses
import time
from typing import Literal

from topologies.voice.agent import Agent
from topologies.voice.call import Call, Credentials
from topologies.voice.description import NoSpeechError, Speech, answer_to
from topologies.voice.loop import LOOP
from topologies.voice.streams import NoPortError, Streams

from .recordings import Recordings, recording
from .records import Records
from .settings import Settings
from .trunks import way_back

SERVER = "X-Jtel-Server"
"""In every answer and every call of ours: who we are."""
CALL_BACK = "X-Jtel-Call-Back"
"""In a call to us: the number that is to be called back."""
PARTNER = "X-Jtel-For"
"""In a call back: the Call-ID of the call that asked for it."""
END_AFTER = "X-Jtel-End-After"
"""In a call to us: after how many ms we are to end it."""
HEARD = "X-Jtel-Heard"
"""In our BYE, and in our answer to one: what we have heard of the other side, and how late we have spoken."""
NOT_FOUND, NOT_ACCEPTABLE, UNAVAILABLE = 404, 488, 503
ABANDONED_AFTER_S = 30.0
"""A call from which nothing was heard for so long is over: its other end is gone."""


def wanted_back(call: Call, hotline: str) -> str | None:
    """Return the number that *call* wants to be called back, if it does."""
    number, star, back = call.callee.partition("*")
    if star and number == hotline and back:
        return back
    return call.headers.get(CALL_BACK.lower())


def wanted_end_s(call: Call) -> float | None:
    """Return after what time the caller wants us to end the call, if it does."""
    told = call.headers.get(END_AFTER.lower(), "")
    return int(told) / 1000 if told.isdecimal() else None


class Hotline:
    """All calls of this server."""

    def __init__(
        self,
        agent: Agent,
        settings: Settings,
        streams: Streams,
        records: Records,
        recordings: Recordings | None = None,
    ) -> None:
        self.agent = agent
        self.settings = settings
        self.streams = streams
        self.records = records
        self.recordings = recordings
        self.legs: set[Leg] = set()
        """Calls that are not over yet."""

    def take(self, call: Call) -> None:
        """Deal with a call that has come in.

        One that is not to be answered is sippy's alone: it says 487 when the caller cancels, or when the call
        expires (in 300 s, or when the INVITE says).
        """
        LOOP.later(0, self._take, call)  # not before sippy has done its own part

    def _take(self, call: Call) -> None:
        if call.ended_ns is not None:
            return
        if self.settings.reject:
            call.refuse(self.settings.reject)
        elif call.callee.partition("*")[0] != self.settings.hotline:
            call.refuse(NOT_FOUND)
        elif not self.settings.silent_calls:
            try:
                Incoming(self, call, Speech.of(call.description))
            except NoSpeechError:
                call.refuse(NOT_ACCEPTABLE)
            except NoPortError:
                call.refuse(UNAVAILABLE)

    def hang_up(self) -> None:
        """End every call."""
        for leg in self.legs:
            leg.call.hang_up()


class Leg:
    """One call with its speech, whichever side has called."""

    call: Call

    def __init__(self, hotline: Hotline) -> None:
        self._hotline = hotline
        self._stream = hotline.streams.open()
        hotline.legs.add(self)

    def ringing(self, _: Call) -> None:
        """Wait on."""

    def answered(self, _: Call) -> None:
        """Nothing to do, unless we have called."""

    def refused(self, _: Call, __: int) -> None:
        """Nobody wants to be called back."""
        self._over()

    def ended(self, _: Call, __: Literal["us", "them"], ___: int | None) -> None:
        """Close the books."""
        self._over()

    def _own(self) -> Speech:
        settings = self._hotline.settings
        return Speech(settings.sdp_address, self._stream.port, session=settings.server)

    def _talk_to(self, other: Speech) -> None:
        self._stream.talk_to(other.address, other.port, other.payload_types[0])
        self.call.last_words = self._heard
        self._look()

    def _heard(self) -> dict[str, str]:
        heard = self._stream.hearing.at(time.monotonic_ns())
        late_ms = self._stream.late_ns // 1_000_000
        return {HEARD: f"received={heard.received};lost={heard.lost};late_ms={late_ms}"}

    def _look(self) -> None:
        """End the call where the other side has vanished without a word."""
        silent_s = (time.monotonic_ns() - self._stream.hearing.last_ns) / 1e9
        if self.call.is_up and silent_s >= ABANDONED_AFTER_S:
            self.call.hang_up()
        elif self.call.is_up:
            LOOP.later(ABANDONED_AFTER_S - silent_s, self._look)

    def _over(self) -> None:
        self._hotline.legs.discard(self)
        self._hotline.streams.close(self._stream)


class Incoming(Leg):
    """A call to the hotline: rings, is answered, and may ask for a call back."""

    def __init__(self, hotline: Hotline, call: Call, offer: Speech) -> None:
        super().__init__(hotline)
        self.call = call
        self._offer = offer
        call.listener = self
        call.ring()
        LOOP.later(hotline.settings.ring_ms / 1000, self._answer)

    def _answer(self) -> None:
        if self.call.ended_ns is not None:
            return  # the caller's patience was shorter
        own = self._own()
        answer = answer_to(self._offer, address=own.address, port=own.port, session=own.session)
        self.call.answer(answer.text(), {SERVER: self._hotline.settings.server})
        self._talk_to(dataclasses.replace(self._offer, payload_types=answer.payload_types))
        if (end_s := wanted_end_s(self.call)) is not None:
            LOOP.later(end_s, self.call.hang_up)
        if number := wanted_back(self.call, self._hotline.settings.hotline):
            Back(self._hotline, self.call, number)

    def _over(self) -> None:
        received = self._stream.hearing.at(time.monotonic_ns()).received
        super()._over()
        if self.call.answered_ns is None:
            return
        self._hotline.records.add(self.call.caller)
        if self._hotline.recordings:
            server = self._hotline.settings.server
            self._hotline.recordings.add(recording(server, self.call.id, self.call.caller, received))


class Back(Leg):
    """A call back, on behalf of a call to the hotline; whoever was called ends it."""

    def __init__(self, hotline: Hotline, partner: Call, number: str) -> None:
        super().__init__(hotline)
        settings = hotline.settings
        self.call = hotline.agent.call(
            self,
            to=number,
            caller=settings.user,
            next_hop=way_back(partner, settings),
            description=self._own().text(),
            credentials=Credentials(settings.user, settings.password),
            headers={SERVER: settings.server, PARTNER: partner.id},
        )

    def answered(self, call: Call) -> None:
        """Speak."""
        try:
            self._talk_to(Speech.of(call.description))
        except NoSpeechError:
            call.hang_up()
