"""SIP probes as values: a phone that calls and is called back, and one that only registers.

Beyond what `conformance.history` says, their lines have:

    invoke      target (the alias that was asked), address (where it led)
    ok, failed  of a call also cut_short (the probe ended before its time); in rtp also late, duplicate,
                strange (packets of other streams: meant for an earlier call that had our port), to
                (the address that we spoke to), heard ({received, lost, late_ms}: what the other side says
                that it has heard of us, and how late it has spoken; or null); of a registration challenged,
                expires_s
    media       since_ns: the last packet before a silence, or about the first one after it
    trunk       caller, to, source (the address that handed it over); when it is over also outcome, error,
                and the fields of `ok`
    observed    `phone-registration`, node: the registrar; {user, contact, registered, status, expires_s,
                challenged}: on a change only
    observed    `probe cost`; besides its processor time {skipped: slots without a call, since max_calls were
                under way; speech_late_ms: the latest that a packet was sent; troubles: errors of its own}
"""

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

SIP_PORT = 5060
RTP_PORTS = (40000, 41000)


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Phone:
    """What all phones have in common."""

    name: str
    targets: tuple[str, ...] = ("pbx1",)
    """Aliases of exchanges, each asked in turn, looked up in the vantage's own hosts table every time."""
    number: str = "201"
    """Our own number."""
    user: str | None = "phone"
    """Whose password it is, for the digest; None: who we are is not proven."""
    password: str = dataclasses.field(default="", repr=False)
    address: str | None = None
    """Our own address; None: the one from which the first target is reached."""
    port: int = SIP_PORT
    """Our own port of SIP; two phones on one vantage need two."""
    expires_s: int = 60
    answer_within_ms: float = 4000.0
    """How long a call may take to be answered, or a registration."""
    names: Literal["hosts", "system"] = "hosts"
    """`system` asks the whole resolver (DNS too), once for each name."""
    datagrams: bool = False
    """Whether every datagram of SIP is kept as it was, beside the history."""
    max_s: float = 3600.0
    max_operations: int = 2_000_000

    def _settings(self, *, plan: str, interval_ms: float) -> dict[str, Any]:
        return {
            "program": "phone",
            "plan": plan,
            "probe": self.name,
            "targets": list(self.targets),
            "number": self.number,
            "user": self.user,
            "password": self.password,
            "address": self.address,
            "port": self.port,
            "rtp_ports": list(RTP_PORTS),
            "expires_s": self.expires_s,
            "names": self.names,
            "datagrams": self.datagrams,
            "interval_ns": round(interval_ms * 1e6),
            "answer_within_ns": round(self.answer_within_ms * 1e6),
            "max_ns": round(self.max_s * 1e9),
            "max_operations": self.max_operations,
            "registrars": [],
            "hold_ns": 0,
            "ended_by": "us",
            "end_within_ns": 0,
            "max_under_way": self.max_operations,
        }


@dataclasses.dataclass(frozen=True, kw_only=True)
class CallProbe(_Phone):
    """A call every 1/*rate* seconds, with speech both ways, held for *hold_s* and then ended.

    The phone takes calls too: who calls back is answered after *ring_ms*, and hung up on after *back_hold_s*.
    """

    to: str = "100"
    rate: float = 10.0
    """Calls per second."""
    hold_s: float = 2.0
    ended_by: Literal["us", "them"] = "us"
    """Who ends the calls that we place; a telephony server that is to end them is told after what time."""
    max_calls: int = 200
    """How many calls may be under way at once, answered or not; in a slot beyond that none is placed."""
    back_to: str | None = None
    """The number that the telephony server is asked to call back, once it has answered."""
    back_every: int = 1
    """Only one in so many calls to each target asks for that."""
    ring_ms: float = 50.0
    back_hold_s: float = 1.0
    registrars: tuple[str, ...] = ()
    """Exchanges at which the phone registers, so that it can be called; empty: nowhere."""
    end_within_ms: float = 2000.0
    """How long the answer to our BYE may take."""
    media_lost_ms: float = 1000.0
    """A call that was answered and heard nothing for so long has failed."""
    ready_after: int = 5

    @property
    def deadline_ms(self) -> float:
        """How long a call may take to end after it was told to."""
        return self.answer_within_ms + self.end_within_ms

    def settings(self) -> Mapping[str, Any]:
        """Return what the program at the vantage needs to know."""
        return {
            **self._settings(plan="calls", interval_ms=1000 / self.rate),
            "to": self.to,
            "hold_ns": round(self.hold_s * 1e9),
            "ended_by": self.ended_by,
            "max_under_way": self.max_calls,
            "back_to": self.back_to,
            "back_every": self.back_every,
            "ring_ns": round(self.ring_ms * 1e6),
            "back_hold_ns": round(self.back_hold_s * 1e9),
            "registrars": list(self.registrars),
            "end_within_ns": round(self.end_within_ms * 1e6),
            "media_lost_ns": round(self.media_lost_ms * 1e6),
        }


@dataclasses.dataclass(frozen=True, kw_only=True)
class RegisterProbe(_Phone):
    """A registration every *interval_ms*, with the right password or a wrong one; nobody can call it."""

    number: str = "299"
    port: int = 5070
    interval_ms: float = 100.0
    answer_within_ms: float = 500.0
    ready_after: int = 5

    @property
    def deadline_ms(self) -> float:
        """How long a registration may take."""
        return self.answer_within_ms

    def settings(self) -> Mapping[str, Any]:
        """Return what the program at the vantage needs to know."""
        return self._settings(plan="registrations", interval_ms=self.interval_ms)
