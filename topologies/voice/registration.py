"""Registrations (RFC 3261, 10): one attempt with digest, and one that is kept up until the process ends."""

import dataclasses
import random
from collections.abc import Callable
from typing import Any

from sippy.SipCallId import SipCallId

from topologies.voice.agent import Agent
from topologies.voice.call import Address, Credentials
from topologies.voice.loop import LOOP, Timer

CHALLENGES = {401: "www-authenticate", 407: "proxy-authenticate"}
GOOD = range(200, 300)
FIRST_FINAL = 200
ANSWER_WITHIN_S = 2.0
AGAIN_AFTER_SILENCE_S = 1.0
AGAIN_AFTER_REFUSAL_S = 5.0


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How an attempt ended."""

    status: int | None
    """The registrar's final answer; None: there was none in time."""
    expires_s: float = 0.0
    """How long the registration lasts, by the registrar's word."""
    challenged: bool = False
    """Whether the registrar wanted a proof of who we are."""

    @property
    def is_registered(self) -> bool:
        """Tell whether the registrar has taken it."""
        return self.status in GOOD


def refresh_after_s(expires_s: float) -> float:
    """Return when a registration is to be refreshed: after two thirds of its life."""
    return expires_s * 2 / 3


class Attempt:
    """One registration: REGISTER, the answer to the challenge, the outcome."""

    def __init__(  # noqa: PLR0913 -- what a registration is made of, by name
        self,
        agent: Agent,
        done: Callable[[Outcome], None],
        *,
        registrar: Address,
        number: str,
        credentials: Credentials | None,
        expires_s: int,
        call_id: Any = None,  # noqa: ANN401 -- sippy's
        sequence: int = 1,
        within_s: float = ANSWER_WITHIN_S,
    ) -> None:
        """Send the first REGISTER; *done* is called once, after *within_s* at the latest.

        credentials: None: a challenge is left unanswered.
        """
        self.sequence = sequence
        """CSeq of the last REGISTER."""
        self._agent = agent
        self._done: Callable[[Outcome], None] | None = done
        self._registrar, self._number = registrar, number
        self._credentials = credentials
        self._expires_s = expires_s
        self._call_id = call_id or SipCallId()
        self._challenged = False
        self._patience: Timer = LOOP.later(within_s, self._end, Outcome(None))
        self._transaction: Any = None
        self._send(None)

    def _send(self, proof: Any) -> None:  # noqa: ANN401 -- sippy's
        self._transaction = self._agent.request_registration(
            self._answered,
            registrar=self._registrar,
            number=self._number,
            expires_s=self._expires_s,
            call_id=self._call_id.getCopy(),
            sequence=self.sequence,
            proof=proof,
        )

    def _answered(self, response: Any) -> None:  # noqa: ANN401 -- sippy's
        status = response.getSCode()[0]
        if status < FIRST_FINAL or self._done is None:
            return
        if (
            status in CHALLENGES
            and not self._challenged
            and (proof := self._proof(response, CHALLENGES[status]))
        ):
            self._challenged = True
            self.sequence += 1
            self._send(proof)
            return
        expires_s = self._granted_s(response) if status in GOOD else 0.0
        self._end(Outcome(status, expires_s, self._challenged))

    def _proof(self, response: Any, header: str) -> Any:  # noqa: ANN401 -- sippy's
        """Return the answer to the first challenge that we understand, or None."""
        if self._credentials is None:
            return None
        for challenge in response.getHFBodys(header):
            supported, qop = challenge.supportedAlgorithm()
            if supported:
                user, password = self._credentials.user, self._credentials.password
                return challenge.genAuthHF(user, password, "REGISTER", self._uri(), qop=qop)
        return None

    def _uri(self) -> str:
        host, port = self._registrar
        return f"sip:{host}:{port}"

    def _granted_s(self, response: Any) -> float:  # noqa: ANN401 -- sippy's
        """Return how long our own contact is registered; the answer may have others beside it."""
        for contact in response.getHFBodys("contact"):
            url = contact.getUrl()
            if (str(url.host), int(url.getPort())) == (self._agent.address, self._agent.port):
                return float(contact.address.params.get("expires", self._expires_s))
        if response.countHFs("expires"):
            return float(response.getHFBody("expires").getNum())
        return float(self._expires_s)

    def _end(self, outcome: Outcome) -> None:
        done, self._done = self._done, None
        if done is None:
            return
        self._patience.cancel()
        if outcome.status is None:
            self._agent.give_up(self._transaction)
            outcome = dataclasses.replace(outcome, challenged=self._challenged)
        done(outcome)


class Registration:
    """A registration that is refreshed in time, and tried again where there was none."""

    def __init__(  # noqa: PLR0913 -- what a registration is made of, by name
        self,
        agent: Agent,
        tell: Callable[[Outcome], None],
        *,
        locate: Callable[[], Address | None],
        number: str,
        credentials: Credentials | None,
        expires_s: int,
        refresh: bool = True,
    ) -> None:
        """Register now.

        tell: told of the outcome of every attempt;
        locate: says where the registrar is, before each attempt; None where nobody knows;
        refresh: whether it is refreshed. Without, it is left to expire.
        """
        self._agent = agent
        self._tell = tell
        self._locate = locate
        self._number = number
        self._credentials = credentials
        self._expires_s = expires_s
        self._refresh = refresh
        self._call_id = SipCallId()
        self._sequence = random.randrange(1, 1000)  # noqa: S311 -- no secret
        self._attempt: Attempt | None = None
        self._ending = False
        self._again: Timer | None = None
        self._register()

    def end(self) -> None:
        """Take leave of the registrar: what is registered for no time at all is forgotten."""
        self._ending = True
        if self._again:
            self._again.cancel()
            self._register()

    def _register(self) -> None:
        self._again = None
        registrar = self._locate()
        if registrar is None:
            self._done(Outcome(None))
            return
        self._attempt = Attempt(
            self._agent,
            self._done,
            registrar=registrar,
            number=self._number,
            credentials=self._credentials,
            expires_s=0 if self._ending else self._expires_s,
            call_id=self._call_id,
            sequence=self._sequence,
        )

    def _done(self, outcome: Outcome) -> None:
        if self._attempt:
            self._sequence = self._attempt.sequence + 1
        if self._ending:
            return
        if outcome.is_registered:
            again_s = refresh_after_s(outcome.expires_s)
        else:
            again_s = AGAIN_AFTER_SILENCE_S if outcome.status is None else AGAIN_AFTER_REFUSAL_S
        if self._refresh or not outcome.is_registered:
            self._again = LOOP.later(again_s, self._register)
        self._tell(outcome)
