"""One call, from either side: sippy's user agent behind five verbs and four events.

Stamps are CLOCK_MONOTONIC nanoseconds.
"""

import dataclasses
import functools
import time
from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol

from sippy.CCEvents import (
    CCEventConnect,
    CCEventDisconnect,
    CCEventFail,
    CCEventRing,
    CCEventTry,
    CCEventUpdate,
)
from sippy.MsgBody import MsgBody
from sippy.SipAddress import SipAddress
from sippy.SipCallId import SipCallId
from sippy.SipContact import SipContact
from sippy.SipURL import SipURL
from sippy.Time.MonoTime import MonoTime
from sippy.UA import UA

from topologies.voice.headers import extension_headers, sip_headers
from topologies.voice.loop import LOOP

Address = tuple[str, int]
DEAD_AFTER_S = 5.0
"""How long a call that has ended still answers what comes late."""
TRYING, FIRST_FINAL, FIRST_FAILURE = 100, 200, 300
REASONS = {486: "Busy Here", 480: "Temporarily Unavailable", 503: "Service Unavailable"}


@dataclasses.dataclass(frozen=True)
class Credentials:
    """What a digest is made of (RFC 2617)."""

    user: str
    password: str = dataclasses.field(repr=False)


class Listener(Protocol):
    """Who is told what becomes of a call."""

    def ringing(self, call: "Call") -> None:
        """Take note that the other side rings."""

    def answered(self, call: "Call") -> None:
        """Take note that the other side has answered; `Call.description` is what it says."""

    def refused(self, call: "Call", status: int) -> None:
        """Take note that there will be no answer: somebody said *status* (300 to 699)."""

    def ended(self, call: "Call", by: Literal["us", "them"], status: int | None) -> None:
        """Take note that the call is over.

        status: the final answer to our BYE; None: the other side ended it.
        """


class Call:
    """A call. `Agent` makes them."""

    def __init__(self, agent: Any, listener: Listener | None = None) -> None:  # noqa: ANN401 -- Agent imports us
        self.listener = listener
        self.id = ""
        """Its Call-ID."""
        self.caller = self.callee = ""
        """User parts of From and of the request's URI."""
        self.source: Address = ("", 0)
        """Who handed over the INVITE; on our own calls, to whom it goes."""
        self.description = ""
        """The other side's session description."""
        self.contact: str | None = None
        """Host of the other side's contact, once there is one."""
        self.headers: Mapping[str, str] = {}
        """Headers `X-...` of the INVITE, or of the answer to ours; names in lower case."""
        self.farewell: Mapping[str, str] = {}
        """Headers `X-...` of the answer to our BYE, or of theirs."""
        self.last_words: Callable[[], Mapping[str, str]] = dict
        """Makes the headers of our BYE, and of our answer to theirs."""
        self.invited_ns = time.monotonic_ns()
        self.ringing_ns: int | None = None
        self.answered_ns: int | None = None
        self.ended_ns: int | None = None
        """When the BYE was sent, or came."""
        self._agent = agent
        self._ua = _UserAgent(agent.configuration, self._happened)
        self._ua.call = self
        self._ua.godead_timeout = DEAD_AFTER_S
        self._ua.lContact = SipContact(address=SipAddress(url=SipURL()))  # sippy's own has a name, Anonymous
        self._leaving = False

    @property
    def is_up(self) -> bool:
        """Tell whether it was answered and has not ended."""
        return self.answered_ns is not None and self.ended_ns is None

    # As the caller.

    def place(  # noqa: PLR0913 -- what a call is made of, by name
        self,
        *,
        to: str,
        caller: str,
        next_hop: Address,
        description: str,
        credentials: Credentials | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Send the INVITE."""
        call_id = SipCallId()
        self.id, self.caller, self.callee, self.source = str(call_id), caller, to, next_hop
        if credentials:
            self._ua.setAuth(credentials.user, credentials.password)
        self._ua.setNextHop(next_hop, "udp")
        invite = CCEventTry((call_id, caller, to, MsgBody(description), None, None))
        invite.extra_headers = sip_headers(headers or {})
        self.invited_ns = time.monotonic_ns()
        self._ua.recvEvent(invite)

    # As the callee.

    def take(self, request: Any, transaction: Any) -> Any:  # noqa: ANN401 -- sippy's
        """Receive the INVITE; return what sippy wants of a request's receiver."""
        self.id = str(request.getHFBody("call-id"))
        self.caller = request.getHFBody("from").getUrl().username or ""
        self.callee = request.getRURI().username or ""
        self.source = request.getSource()
        self.headers = extension_headers(request)
        self.description = str(request.getBody() or "")
        return self._ua.recvRequest(request, transaction)

    def ring(self) -> None:
        """Say 180."""
        self.ringing_ns = time.monotonic_ns()
        self._ua.recvEvent(CCEventRing((180, "Ringing", None)))

    def answer(self, description: str, headers: Mapping[str, str] | None = None) -> None:
        """Say 200."""
        event = CCEventConnect((200, "OK", MsgBody(description)))
        event.extra_headers = sip_headers(headers or {})
        self.answered_ns = time.monotonic_ns()
        self._ua.recvEvent(event)

    def refuse(self, status: int) -> None:
        """Say that there will be no answer."""
        self.ended_ns = time.monotonic_ns()
        self._ua.recvEvent(CCEventFail((status, REASONS.get(status, "Refused"))))

    # Both.

    def hang_up(self) -> None:
        """End the call: with BYE, or where nobody has answered yet with CANCEL.

        It happens in the loop's next round, as sippy acknowledges an answer after it has told of it.
        """
        if not self._leaving and self.ended_ns is None:
            self._leaving = True
            LOOP.later(0, self._leave)

    def _leave(self) -> None:
        if self.ended_ns is not None:
            return
        self.ended_ns = time.monotonic_ns()
        if self.answered_ns is None:
            self._ua.recvEvent(CCEventDisconnect())
            return
        bye = self._ua.genRequest("BYE")
        bye.appendHeaders(sip_headers(self.last_words()))
        self._ua.newTransaction(bye, resp_cb=self._bye_answered)
        self._ua.changeState((self._ua.UaStateDisconnected, (), MonoTime(), None))

    def _bye_answered(self, response: Any) -> None:  # noqa: ANN401 -- sippy's
        status = response.getSCode()[0]
        if status >= FIRST_FINAL and self.listener:
            self.farewell = extension_headers(response)
            self.listener.ended(self, "us", status)

    def _happened(self, event: Any, _: Any) -> None:  # noqa: ANN401 -- sippy's
        """Translate sippy's events."""
        now_ns = time.monotonic_ns()
        if isinstance(event, CCEventUpdate):  # the other side re-negotiates: we stay with what we have
            self._ua.recvEvent(CCEventConnect((200, "OK", self._ua.lSDP)))
        elif self._leaving or self.ended_ns is not None:
            return
        elif isinstance(event, CCEventDisconnect):
            self.ended_ns = now_ns
            if self.listener:  # nobody, where a caller gave up before anybody looked
                self.listener.ended(self, "them", None)
        elif self.listener is None:
            return
        elif isinstance(event, CCEventRing):
            if event.getData()[0] != TRYING and self.ringing_ns is None:
                self.ringing_ns = now_ns
                self.listener.ringing(self)
        elif isinstance(event, CCEventConnect) and self.answered_ns is None:
            self.answered_ns = now_ns
            self.description = str(event.getData()[2] or "")
            self.listener.answered(self)
        elif isinstance(event, CCEventFail):
            self.ended_ns = now_ns
            self.listener.refused(self, event.getData()[0])

    def heard(self, response: Any) -> None:  # noqa: ANN401 -- sippy's
        """Keep what an answer to our INVITE says beside its status."""
        status, _ = response.getSCode()
        if FIRST_FINAL <= status < FIRST_FAILURE:
            self.headers = extension_headers(response)
            if response.countHFs("contact"):
                self.contact = str(response.getHFBody("contact").getUrl().host)


class _UserAgent(UA):  # type: ignore[misc]  # sippy has no types
    """sippy's user agent, and two looks at messages that it does not pass on."""

    call: Call

    def recvResponse(self, resp: Any, tr: Any) -> None:  # noqa: ANN401, N802
        self.call.heard(resp)
        super().recvResponse(resp, tr)

    def recvRequest(self, req: Any, sip_t: Any) -> Any:  # noqa: ANN401, N802
        if req.getMethod() == "BYE":
            self.call.farewell = extension_headers(req)
            req.genResponse = functools.partial(_with_headers, req.genResponse, self.call.last_words)
        return super().recvRequest(req, sip_t)


def _with_headers(
    make: Callable[..., Any],
    words: Callable[[], Mapping[str, str]],
    *arguments: Any,  # noqa: ANN401
    **options: Any,  # noqa: ANN401
) -> Any:  # noqa: ANN401
    response = make(*arguments, **options)
    response.appendHeaders(sip_headers(words()))
    return response
