"""Files, recordings and strangers: good records, bad ones, and none."""

from collections.abc import Sequence
from typing import Any

import pytest

from conformance.checkers.files import FilesExchanged
from conformance.checkers.recordings import RecordingsPlayed
from conformance.checkers.strangers import StrangersRefused
from conformance.history import History, Line
from conformance.verdict import Verdict
from selftest.unit.crafted import at, history, operation

EXCHANGED = FilesExchanged(
    writers={"web1": "w1", "tel1": "w2"}, readers={"web1": "r1", "tel1": "r2"}, least=2
)
PLAYED = RecordingsPlayed(writers=("web1", "tel1"), players=("web1", "web2"))
REFUSED = StrangersRefused(strangers=("nobody", "SMB 1"))


def handled(  # noqa: PLR0913 -- the fields of two lines
    probe: str,
    number: int,
    name: str,
    *,
    outcome: str = "ok",
    error: str | None = None,
    content: str | None = None,
) -> list[Line]:
    """Return the lines of a file that was written or read; its checksum is *content*, or that of its name."""
    found = {"sha256": content or f"sum of {name}"} if outcome == "ok" else {}
    invoke, *end = operation(number, number * 20, 2, outcome, probe=probe, error=error, **found)
    return [{**invoke, "file": name}, *end]


def exchange(**instead: Sequence[Line]) -> History:
    """Return a good exchange of two files each; probes that are named have done something else."""
    did = {
        probe: [line for n, name in enumerate(files) for line in handled(probe, n, name)]
        for probe, files in {"w1": ("a", "b"), "w2": ("c", "d"), "r1": ("c", "d"), "r2": ("a", "b")}.items()
    }
    return history(*{**did, **instead}.values())


def test_files_that_are_equal_everywhere() -> None:
    result = EXCHANGED.judge(exchange())

    assert result.verdict is Verdict.HOLDS
    assert result.reason == "4 files of 2 nodes, read 4 times elsewhere, equal"


@pytest.mark.parametrize(
    ("probe", "did", "verdict", "said"),
    [
        (
            "r2",
            [*handled("r2", 0, "a", content="another"), *handled("r2", 1, "b")],
            Verdict.VIOLATED,
            "tel1 read a of web1 with another content",
        ),
        (
            "r1",
            [*handled("r1", 0, "c", outcome="failed", error="smb c0000034"), *handled("r1", 1, "d")],
            Verdict.VIOLATED,
            "web1 could not read: 1 x smb c0000034",
        ),
        (
            "w1",
            handled("w1", 0, "a", outcome="failed", error="refused"),
            Verdict.VIOLATED,
            "web1 could not write: 1 x refused",
        ),
        ("r1", handled("r1", 0, "c"), Verdict.UNKNOWN, "web1 has not read 1 file of tel1"),
        ("w1", handled("w1", 0, "a"), Verdict.UNKNOWN, "web1 wrote 1 file, which shows nothing"),
        (
            "w1",
            [
                *handled("w1", 0, "a"),
                *handled("w1", 1, "b"),
                *handled("w1", 2, "e", outcome="unknown", error="answer timeout"),
            ],
            Verdict.UNKNOWN,
            "nobody knows what became of 1 file that web1 wrote",
        ),
    ],
)
def test_files_that_are_not(probe: str, did: list[Line], verdict: Verdict, said: str) -> None:
    result = EXCHANGED.judge(exchange(**{probe: did}))

    assert result.verdict is verdict
    assert said in result.reason


def test_nobody_exchanged_files() -> None:
    assert EXCHANGED.judge(History(())).verdict is Verdict.UNKNOWN
    alone = FilesExchanged(writers={"web1": "w1"}, readers={"web1": "r1"}, least=2)
    assert "not two nodes" in alone.judge(exchange()).reason


def seen(what: str, node: str, ms: float = 0.0, **value: Any) -> Line:
    return {"t": "observed", "at_ns": at(ms), "what": what, "node": node, "value": value}


def played(player: str, name: str, **instead: Any) -> Line:
    """Return that *player* played a recording: *name* is who made it."""
    value = {"file": f"{name}.wav", "writer": name, "status": 200, "server": player, "sha256": name}
    return seen("recording-played", player, **{**value, **instead})


KEPT = seen("recording-kept", "web1", file="web1.wav", status=201, server="web1", sha256="web1")
EVERYWHERE = [played(player, name) for player in ("web1", "web2") for name in ("web1", "tel1")]


def test_recordings_that_are_played_everywhere() -> None:
    result = PLAYED.judge(history(KEPT, EVERYWHERE))

    assert result.verdict is Verdict.HOLDS
    assert result.reason == "2 recordings played by 2 web servers"


@pytest.mark.parametrize(
    ("kept", "last", "verdict", "said"),
    [
        (
            KEPT,
            played("web2", "tel1", status=404),
            Verdict.VIOLATED,
            "web2 did not play tel1.wav of tel1: http 404",
        ),
        (
            KEPT,
            played("web2", "tel1", sha256="another"),
            Verdict.VIOLATED,
            "tel1.wav is not the same everywhere",
        ),
        (KEPT, played("web2", "tel1", server="web1"), Verdict.UNKNOWN, "web1 answered instead of web2"),
        (
            KEPT,
            seen("recording-played", "web2", file="tel1.wav", writer="tel1", error="timed out"),
            Verdict.VIOLATED,
            "web2 did not play tel1.wav of tel1: timed out",
        ),
        (
            seen("recording-kept", "web1", file="web1.wav", status=503, server="web1", sha256="web1"),
            played("web2", "tel1"),
            Verdict.VIOLATED,
            "web1 did not keep a recording: http 503",
        ),
        (
            seen("recording-kept", "web1", file="web1.wav", status=201, server="web1", sha256="other"),
            played("web2", "tel1"),
            Verdict.VIOLATED,
            "web1.wav is not the same everywhere",
        ),
    ],
)
def test_recordings_that_are_not(kept: Line, last: Line, verdict: Verdict, said: str) -> None:
    result = PLAYED.judge(history(kept, EVERYWHERE[:-1], last))

    assert result.verdict is verdict
    assert said in result.reason


def test_recordings_that_nobody_made_or_asked_for() -> None:
    assert PLAYED.judge(History(())).verdict is Verdict.UNKNOWN
    only_web = [line for line in EVERYWHERE if line["value"]["writer"] == "web1"]
    assert PLAYED.judge(history(only_web)).reason == "there was no recording of tel1"
    assert "web2 was not asked for every recording" in PLAYED.judge(history(EVERYWHERE[:-1])).reason


def attempt(who: str, result: str, *, control: bool = False, error: str | None = None) -> Line:
    return seen("share-attempt", "web1", 5.0, who=who, result=result, error=error, control=control)


NOBODY, OLD = attempt("nobody", "refused"), attempt("SMB 1", "refused")
CONTROL = attempt("who may", "accepted", control=True)


@pytest.mark.parametrize(
    ("lines", "verdict", "said"),
    [
        ([NOBODY, OLD, CONTROL], Verdict.HOLDS, "2 attempts refused"),
        (
            [attempt("nobody", "accepted"), OLD, CONTROL],
            Verdict.VIOLATED,
            "nobody got to the share from web1",
        ),
        ([NOBODY, attempt("SMB 1", "accepted"), CONTROL], Verdict.VIOLATED, "SMB 1 got to the share"),
        ([NOBODY, CONTROL], Verdict.UNKNOWN, "nobody tried as SMB 1"),
        ([NOBODY, OLD], Verdict.UNKNOWN, "proves nothing"),
        ([NOBODY, OLD, attempt("who may", "refused", control=True)], Verdict.UNKNOWN, "proves nothing"),
        (
            [NOBODY, OLD, CONTROL, attempt("nobody", "unreachable", error="connect timeout")],
            Verdict.UNKNOWN,
            "nobody was neither refused nor let in: connect timeout",
        ),
        ([], Verdict.UNKNOWN, "nobody tried as nobody"),
    ],
)
def test_strangers(lines: list[Line], verdict: Verdict, said: str) -> None:
    result = REFUSED.judge(history(lines))

    assert result.verdict is verdict
    assert said in result.reason
