"""One call of the phone, placed or taken: its speech, its end, and how that is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from conformance.probes.phone import lines
from topologies.voice.description import NoSpeechError, Speech
from topologies.voice.loop import LOOP, Timer

if TYPE_CHECKING:
    from conformance.probes.phone.desk import Desk
    from topologies.voice.call import Call

UNKNOWN_CALL = 481
OVERDUE_S = 1.0
"""By how much the other side may be late in ending a call."""
GOOD = range(200, 300)
NS_PER_S = 1e9


class Leg:
    """One call. Subclasses say how it begins, and which lines are written."""

    call: Call

    def __init__(self, desk: Desk, *, hold_s: float) -> None:
        self._desk = desk
        self._settings = desk.settings
        self._hold_s = hold_s
        self._stream = desk.streams.open()
        self._stream.tag = self
        self._spoken_to: str | None = None
        self._timer: Timer | None = None
        self._over = False
        self._cut_short = False
        self._they_end = False
        desk.under_way.add(self)

    # What the call tells.

    def ringing(self, _: Call) -> None:
        """Wait on; the call keeps the stamp."""

    def answered(self, call: Call) -> None:
        """Speak, for as long as the call is held."""
        try:
            self._speak_to(Speech.of(call.description))
        except NoSpeechError:
            self._spoken_to = None  # a call without speech is held all the same, and judged in the end

    def refused(self, _: Call, status: int) -> None:
        """Take note that there will be no answer."""
        self._end("failed", f"sip {status}", status=status)

    def ended(self, _: Call, by: str, status: int | None) -> None:
        """Take note that the call has ended; *status* is the answer to our BYE."""
        if by == "them" and self._they_end:
            self._end("ok", None, ended_by="them")
        elif by == "them":
            self._end("failed", "dropped", ended_by="them")
        elif status in GOOD and self._they_end:
            self._end("failed", "not ended by them", ended_by="us")
        elif status in GOOD:
            self._end("ok", None, ended_by="us")
        elif status == UNKNOWN_CALL:
            self._end("failed", "dropped", ended_by="us", bye_status=status)
        else:
            self._end("unknown", f"BYE answered with {status}", ended_by="us", bye_status=status)

    # What the desk tells.

    def leave(self) -> None:
        """End the call now, if it is up and ours to end; otherwise go on waiting until its deadline."""
        if self._they_end:
            return
        self._cut_short = True
        if self.call.is_up:
            self._hang_up()
        else:
            self._hold_s = 0.0

    def give_up(self) -> None:
        """Say that nobody will know, since the probe ends."""
        self._end("unknown", "not ended when the probe ended")

    def tell_speech(self, state: Literal["flows", "silent"], since_ns: int) -> None:
        """Write down that speech has begun, or ceased, to come."""
        if not self._over:
            self._desk.lines.write("media", call=self.call.id, state=state, since_ns=since_ns)

    # The rest.

    def _speak_to(self, other: Speech) -> None:
        self._spoken_to = other.address
        self._stream.talk_to(other.address, other.port, other.payload_types[0])

    def _hold(self) -> None:
        self._set_timer(self._hold_s + (OVERDUE_S if self._they_end else 0), self._hang_up)

    def _hang_up(self) -> None:
        self._stream.fall_silent()  # RFC 3261, 15.1.1: with the BYE speech ends, in both directions
        self._stream.conclude()
        self._set_timer(self._settings["end_within_ns"] / NS_PER_S, self._unheard)
        self.call.hang_up()

    def _unheard(self) -> None:
        self._end("unknown", "no answer to BYE", ended_by="us")

    def _set_timer(self, seconds: float, then: Any) -> None:  # noqa: ANN401 -- a method
        if self._timer:
            self._timer.cancel()
        self._timer = LOOP.later(seconds, then)

    def _end(self, outcome: str, error: str | None, **found: Any) -> None:  # noqa: ANN401 -- fields of a line
        """Judge the call by how it ended and by its speech, once."""
        if self._over:
            return
        self._over = True
        if self._timer:
            self._timer.cancel()
        self._stream.fall_silent()
        report = self._desk.streams.close(self._stream)
        self._desk.under_way.discard(self)
        fields = {
            "server": lines.server_of(self.call),
            "call": self.call.id,
            **lines.stamps(self.call),
            **found,
        }
        if self.call.answered_ns is not None:
            fields.setdefault("status", 200)
            fields["cut_short"] = self._cut_short
            fields["rtp"] = lines.speech(report, self._spoken_to, dict(self.call.farewell))
            lost_ns = self._settings["media_lost_ns"]
            if error != "dropped" and report.received.longest_gap_ms * 1e6 >= lost_ns:
                outcome, error = "failed", "media lost"
        self._tell(outcome, {**fields, **({"error": error} if error else {})})
        self._desk.has_ended()

    def _tell(self, outcome: str, fields: dict[str, Any]) -> None:
        raise NotImplementedError


class Placed(Leg):
    """A call that we place: one operation of the probe."""

    def __init__(self, desk: Desk, slot: int, intended_ns: int) -> None:
        settings = desk.settings
        super().__init__(desk, hold_s=settings["hold_ns"] / NS_PER_S)
        self._slot = slot
        self._they_end = settings["ended_by"] == "them"
        turn, place = divmod(slot, len(settings["targets"]))
        target = settings["targets"][place]
        address = desk.directory.address(target)
        wants_back = settings["back_to"] is not None and turn % settings["back_every"] == 0
        about: dict[str, Any] = {"back_to": settings["back_to"]} if wants_back else {}
        headers = {lines.CALL_BACK: settings["back_to"]} if wants_back else {}
        if self._they_end:
            headers[lines.END_AFTER] = str(round(self._hold_s * 1000))
        self.call = desk.new_call(self)
        if address:
            own = Speech(desk.agent.address, self._stream.port)
            self.call.place(
                to=settings["to"],
                caller=settings["number"],
                next_hop=address,
                description=own.text(),
                credentials=desk.credentials,
                headers=headers,
            )
        desk.lines.write(
            "invoke",
            self.call.invited_ns,
            op=slot,
            intended_ns=intended_ns,
            what="call",
            call=self.call.id,
            to=settings["to"],
            target=target,
            address=address and address[0],
            **about,
        )
        if address:
            self._set_timer(settings["answer_within_ns"] / NS_PER_S, self._unanswered)
        else:
            self._end("failed", "no such name")

    def answered(self, call: Call) -> None:
        """Speak, and hold the call for its time."""
        super().answered(call)
        self._hold()

    def _unanswered(self) -> None:
        self.call.hang_up()
        self._end("failed", "no answer")

    def _tell(self, outcome: str, fields: dict[str, Any]) -> None:
        self._desk.lines.write(outcome, op=self._slot, **fields)


class Taken(Leg):
    """A call that comes in: somebody calls back. It is held for its time, and ended by us.

    It has two lines: one when it comes in, and a whole one when it is over.
    """

    def __init__(self, desk: Desk, call: Call, offer: Speech) -> None:
        super().__init__(desk, hold_s=desk.settings["back_hold_ns"] / NS_PER_S)
        self.call = call
        call.listener = self
        self._offer = offer
        self._about: dict[str, Any] = {
            "caller": call.caller,
            "to": call.callee,
            "from_server": call.headers.get(lines.SERVER),
            "via": desk.directory.name(call.source[0]),
            "source": call.source[0],
            "for": call.headers.get(lines.PARTNER),
        }
        desk.lines.write("trunk", call.invited_ns, call=call.id, **self._about)
        call.ring()
        self._set_timer(desk.settings["ring_ns"] / NS_PER_S, self._answer)

    def _answer(self) -> None:
        law = self._offer.payload_types[:1]
        self.call.answer(Speech(self._desk.agent.address, self._stream.port, law).text())
        self._speak_to(Speech(self._offer.address, self._offer.port, law))
        self._hold()

    def _tell(self, outcome: str, fields: dict[str, Any]) -> None:
        self._desk.lines.write("trunk", outcome=outcome, **self._about, **fields)
