"""Registrations as a registrar knows them: there, at every registrar, refreshed in time, and left alone.

All checks read `observed` lines "registration" (node: the registrar; value: user, contact, expires_s: how
long the binding is still valid, registered).
"""

from collections.abc import Iterator, Sequence
from typing import ClassVar, Final

from conformance.checkers.check import Check
from conformance.checkers.facts import decided, moment, observed
from conformance.checkers.findings import NS_PER_S, for_each, many
from conformance.history import History, Line
from conformance.injections import Injection
from conformance.verdict import CheckResult

ROUNDING_S: Final = 1.5
"""Registrars tell whole seconds, so an end that moves by less may not have moved."""


def _looks(history: History, registrar: str, user: str) -> list[Line]:
    return [
        line
        for line in observed(history, "registration")
        if line["node"] == registrar and line["value"]["user"] == user
    ]


class _OfEach(Check):
    """What all checks of registrations have in common."""

    registrars: tuple[str, ...]
    users: tuple[str, ...]

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Return every registrar with every user."""
        return ((registrar, user) for registrar in self.registrars for user in self.users)

    def nothing_asked(self) -> list[str]:
        """Return the doubt that no registration was to be looked at, if that is so."""
        return [] if self.registrars and self.users else ["no registrar or no user was to be looked at"]


class RegisteredAtEvery(_OfEach):
    """Every user is registered at every registrar, when last looked at."""

    title: ClassVar[str] = "registered at every registrar"

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        last = {pair: looks[-1] for pair in self.pairs() if (looks := _looks(history, *pair))}
        missing = [
            f"{user} was not registered at {registrar} at {moment(history, line['at_ns'])}"
            for (registrar, user), line in last.items()
            if not line["value"]["registered"]
        ]
        unseen = [
            f"nobody looked whether {user} is registered at {registrar}"
            for registrar, user in self.pairs()
            if (registrar, user) not in last
        ]
        good = f"{' and '.join(self.users)} registered at {' and '.join(self.registrars)}"
        return decided(self, violations=missing, doubts=[*self.nothing_asked(), *unseen], good=good)


class RegistrationsRefreshed(_OfEach):
    """Every binding is refreshed before it expires: its end moves on, and it is there at every look.

    A refresh shows as a binding whose end (time of the look + expires_s) lies later than at the look before.
    """

    title: ClassVar[str] = "registrations are refreshed before they expire"
    refreshes: int = 1
    """So many have to be seen."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        violations: list[str] = []
        doubts = self.nothing_asked()
        rows = []
        for registrar, user in self.pairs():
            looks = _looks(history, registrar, user)
            there = [line for line in looks if line["value"]["registered"]]
            whose = f"{user} at {registrar}"
            violations += [
                f"the registration of {whose} had expired at {moment(history, line['at_ns'])}"
                for line in looks
                if there and not line["value"]["registered"] and line["at_ns"] > there[0]["at_ns"]
            ][:1]
            refreshed = _refreshes(there)
            if refreshed < self.refreshes:
                watched_s = (there[-1]["at_ns"] - there[0]["at_ns"]) / NS_PER_S if there else 0.0
                doubts.append(
                    f"{many(refreshed, 'refresh', 'refreshes')} of {whose} seen in {watched_s:.1f} s,"
                    f" at least {self.refreshes} needed"
                )
            rows.append(f"{whose} {many(refreshed, 'time')}")
        return decided(self, violations=violations, doubts=doubts, good=f"refreshed: {', '.join(rows)}")


def _refreshes(there: Sequence[Line]) -> int:
    ends_s = [line["at_ns"] / NS_PER_S + line["value"]["expires_s"] for line in there]
    found, known_s = 0, None
    for end_s in ends_s:
        if known_s is not None and end_s > known_s + ROUNDING_S:
            found += 1
        known_s = end_s if known_s is None else max(known_s, end_s)
    return found


class RegistrationsStay(_OfEach):
    """Nobody has to register anew: at the other registrars each binding is as it was before the fault.

    At every look from the beginning of the fault until the next one, or its healing, the user is registered,
    with the contact of the last look before it.
    """

    title: ClassVar[str] = "no new registration is needed"
    fault: str
    least: int = 3
    """So many looks at each binding are needed during the fault."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        return for_each(self, history, self.fault, lambda injection: self._after(injection, history))

    def _after(self, injection: Injection, history: History) -> CheckResult:
        violations: list[str] = []
        doubts = self.nothing_asked()
        seen = 0
        for registrar, user in self.pairs():
            whose = f"{user} at {registrar}"
            looks = _looks(history, registrar, user)
            before = [line for line in looks if line["at_ns"] < injection.began_ns]
            if not before or not before[-1]["value"]["registered"]:
                doubts.append(f"nobody saw {whose} registered before {injection}")
                continue
            after = [line for line in looks if injection.began_ns <= line["at_ns"] <= injection.until_ns]
            violations += _changes(history, whose, before[-1], after)
            seen += len(after)
            if len(after) < self.least:
                few = f"{many(len(after), 'look')} at {whose} during {injection}"
                doubts.append(f"{few}, at least {self.least} are needed")
        good = f"{many(seen, 'look')} during {injection}: registered as before"
        return decided(self, violations=violations, doubts=doubts, good=good)


def _changes(history: History, whose: str, before: Line, after: Sequence[Line]) -> list[str]:
    contact = before["value"]["contact"]
    found = []
    for line in after:
        if not line["value"]["registered"]:
            found.append(f"{whose} was not registered any more at {moment(history, line['at_ns'])}")
        elif line["value"]["contact"] != contact:
            told = f"{line['value']['contact']} instead of {contact}"
            found.append(f"{whose} was registered as {told} at {moment(history, line['at_ns'])}")
    return found[:1]
