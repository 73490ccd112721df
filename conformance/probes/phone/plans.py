"""What the phone does in a slot: it places a call, or it registers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.probes.phone.leg import Placed
from topologies.voice.registration import Attempt, Outcome

if TYPE_CHECKING:
    from conformance.probes.phone.desk import Desk

NS_PER_S = 1e9


class RegistrationTrial:
    """One registration as an operation of its own."""

    def __init__(self, desk: Desk, slot: int, intended_ns: int) -> None:
        settings = desk.settings
        self._desk, self._slot = desk, slot
        self._over = False
        target = settings["targets"][slot % len(settings["targets"])]
        address = desk.directory.address(target)
        desk.under_way.add(self)
        desk.lines.write(
            "invoke",
            op=slot,
            intended_ns=intended_ns,
            what="register",
            to=settings["number"],
            target=target,
            address=address and address[0],
        )
        if address is None:
            self._end("failed", error="no such name")
            return
        self._attempt = Attempt(
            desk.agent,
            self._answered,
            registrar=address,
            number=settings["number"],
            credentials=desk.credentials,
            expires_s=settings["expires_s"],
            within_s=settings["answer_within_ns"] / NS_PER_S,
        )

    def leave(self) -> None:
        """Wait on: the deadline is near."""

    def give_up(self) -> None:
        """Say that nobody will know, since the probe ends."""
        self._end("unknown", error="not ended when the probe ended")

    def _answered(self, outcome: Outcome) -> None:
        fields: dict[str, Any] = {"status": outcome.status, "challenged": outcome.challenged}
        if outcome.is_registered:
            self._end("ok", **fields, expires_s=outcome.expires_s)
        elif outcome.status is None:
            self._end("failed", error="no answer", **fields)
        else:
            self._end("failed", error=f"sip {outcome.status}", **fields)

    def _end(self, kind: str, **fields: Any) -> None:  # noqa: ANN401 -- fields of a line
        if self._over:
            return
        self._over = True
        self._desk.under_way.discard(self)
        self._desk.lines.write(kind, op=self._slot, server=None, **fields)
        self._desk.has_ended()


PLANS = {"calls": Placed, "registrations": RegistrationTrial}
"""What is started in every slot."""
