"""Every scheme is answered, and by a web server that is known."""

from typing import Any

from conformance.checkers.identity import AnsweredByKnownServer
from conformance.verdict import Verdict
from selftest.unit.lines import MS, at, history

CHECK = AnsweredByKnownServer(
    probes={"http": "plain", "https": "secret"}, servers=("web1", "web2"), answers=3
)


def asked(probe: str, *servers: str | None, error: str | None = None) -> list[dict[str, Any]]:
    lines = []
    for number, server in enumerate(servers):
        started = number * 10
        lines.append(at(started, "invoke", probe=probe, op=number, intended_ns=started * MS))
        kind = "failed" if error else "ok"
        lines.append(at(started + 1, kind, probe=probe, op=number, server=server, error=error))
    return lines


GOOD = asked("plain", "web1", "web2", "web1")


def test_both_schemes_are_answered() -> None:
    """The answers are counted per scheme."""
    result = CHECK.judge(history(*GOOD, *asked("secret", "web1", "web1", "web2")))
    assert result.verdict is Verdict.HOLDS
    assert result.reason == "http: 3 answers by web1 and web2; https: 3 answers by web1 and web2"


def test_a_scheme_that_nobody_answers() -> None:
    """With the most frequent error."""
    result = CHECK.judge(history(*GOOD, *asked("secret", None, None, None, error="refused")))
    assert result.verdict is Verdict.VIOLATED
    assert result.reason == "none of 3 requests over https was answered: refused"


def test_an_answer_by_a_stranger() -> None:
    """Somebody else than the system's web servers."""
    result = CHECK.judge(history(*GOOD, *asked("secret", "web1", "web1", "lb1")))
    assert result.verdict is Verdict.VIOLATED
    assert result.reason == "https was answered by lb1, no web server of the system"


def test_too_little_is_known() -> None:
    """No request, too few of them, or answers that do not tell who gave them."""
    assert CHECK.judge(history()).verdict is Verdict.UNKNOWN
    few = CHECK.judge(history(*GOOD, *asked("secret", "web1")))
    assert few.reason == "1 request over https, at least 3 are needed"
    silent = CHECK.judge(history(*GOOD, *asked("secret", "web1", None, None)))
    assert silent.reason == "1 answer over https told who gave it, 3 are needed"
    assert AnsweredByKnownServer(probes={}, servers=()).judge(history()).verdict is Verdict.UNKNOWN
