"""Probes without a network: answers, names, requests, sessions, and the parcel that goes to the vantage."""

import ast
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from conformance.probes.probe import HttpProbe, NewSessionProbe, SessionProbe
from conformance.probes.program import ARGV, MODULES, PACKAGE, parcel
from conformance.probes.vantage import http_answers
from conformance.probes.vantage.failures import Torn
from conformance.probes.vantage.http_answers import Answer
from conformance.probes.vantage.http_plans import SameRequest
from conformance.probes.vantage.names import HostsTable
from conformance.probes.vantage.sessions import NewUsers, StayingUsers, fingerprint

HEAD = b"HTTP/1.1 200 OK\r\nX-Jtel-Server: web1\r\n"


def answer(
    status: int = 200, *, body: bytes = b"{}", cookies: tuple[str, ...] = (), server: str = "web1"
) -> Answer:
    head = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *(f"Set-Cookie: {c}" for c in cookies)]
    if server:
        head.append(f"X-Jtel-Server: {server}")
    read = http_answers.read("\r\n".join([*head, "", ""]).encode() + body, ended=False)
    assert read is not None
    return read


@pytest.mark.parametrize(
    ("buffer", "ended", "body"),
    [
        (HEAD + b"Content-Length: 2\r\n\r\nok", False, b"ok"),
        (HEAD + b"Content-Length: 2\r\n\r\nokmore", False, b"ok"),
        (HEAD + b"\r\nuntil the end", True, b"until the end"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\n\r\n", False, b"abcde"),
        (b"HTTP/1.0 204 No Content\r\n\r\n", False, b""),
    ],
)
def test_whole_answer_is_read(buffer: bytes, ended: bool, body: bytes) -> None:  # noqa: FBT001
    read = http_answers.read(buffer, ended=ended)

    assert read is not None
    assert read.body == body


@pytest.mark.parametrize("cut", [1, 12, len(HEAD), len(HEAD) + 21, len(HEAD) + 22])
def test_part_of_an_answer_is_awaited_and_torn_at_the_end(cut: int) -> None:
    part = (HEAD + b"Content-Length: 2\r\n\r\nok")[:cut]

    assert http_answers.read(part, ended=False) is None
    with pytest.raises(Torn):
        http_answers.read(part, ended=True)


@pytest.mark.parametrize(
    "buffer", [b"SSH-2.0-x", b"HTTP/1.1 what\r\n\r\n", HEAD + b"Content-Length: x\r\n\r\n"]
)
def test_what_is_no_http_is_torn(buffer: bytes) -> None:
    with pytest.raises(Torn):
        http_answers.read(buffer, ended=False)


def test_server_is_told_by_header_else_by_the_balancers_cookie() -> None:
    assert answer(cookies=("JTELSRV=web2; path=/",)).server() == "web1"
    assert answer(cookies=("a=b", "JTELSRV=web2; path=/"), server="").server() == "web2"
    assert answer(server="").server() is None


def test_answer_tells_its_status_and_the_database_that_it_names() -> None:
    named = http_answers.read(HEAD + b"X-Jtel-Database: dbs1\r\nContent-Length: 0\r\n\r\n", ended=False)

    assert named is not None
    assert named.facts() == {"status": 200, "database": "dbs1"}
    assert answer(503).facts() == {"status": 503}


def test_hosts_table_is_read_again_when_it_changes(tmp_path: Path) -> None:
    table = tmp_path / "hosts"
    table.write_text("127.0.0.1 localhost\n198.18.1.100  ACD-LB acd-dbm # front\n", encoding="utf-8")
    names = HostsTable("acd-lb", str(table))
    assert names.address() == "198.18.1.100"

    table.write_text("127.0.0.1 localhost\n", encoding="utf-8")
    assert names.address() is None


def test_address_needs_no_table() -> None:
    assert HostsTable("198.18.1.9", "no such file").address() == "198.18.1.9"


def test_http_probe_asks_the_same_thing_on_a_new_connection() -> None:
    plan = SameRequest(dict(HttpProbe(name="p", path="/x?y=1").settings()))

    text = plan.request(7).payload.decode()

    assert text.startswith("GET /x?y=1 HTTP/1.1\r\nHost: acd-lb\r\n")
    assert "Connection: close" in text


@pytest.mark.parametrize(
    ("method", "status", "outcome", "error"),
    [
        ("GET", 200, "ok", None),
        ("GET", 302, "ok", None),
        ("GET", 503, "failed", "http 503"),
        ("GET", 504, "failed", "http 504"),
        ("POST", 503, "failed", "http 503"),
        ("POST", 504, "unknown", "http 504"),
    ],
)
def test_answer_is_judged_by_status(method: str, status: int, outcome: str, error: str | None) -> None:
    plan = SameRequest(dict(HttpProbe(name="p", method=method).settings()))

    judged = plan.answered(plan.request(0), answer(status))

    assert (judged.outcome, judged.error) == (outcome, error)


def test_user_logs_in_once_and_then_asks_with_both_cookies() -> None:
    plan = StayingUsers(dict(SessionProbe(name="s", users=2).settings()))
    login = plan.request(0)
    assert login is not None
    assert login.payload.startswith(b"POST /login ")
    assert plan.request(2) is None  # still logging in

    judged = plan.answered(login, answer(cookies=("jtel_session=secret; HttpOnly", "JTELSRV=web1")))
    question = plan.request(4)

    assert judged.found == {"logged_in": True, "session": fingerprint("secret")}
    assert question is not None
    assert question.about == {"user": "s-0", "session": fingerprint("secret"), "what": "me"}
    assert b"Cookie: jtel_session=secret; JTELSRV=web1\r\n" in question.payload
    assert "secret" not in json.dumps([question.about, judged.found])


@pytest.mark.parametrize(
    ("reply", "outcome", "error", "server"),
    [
        (answer(body=b'{"user": "s-0"}'), "ok", None, "web1"),
        (answer(body=b'{"user": "s-0"}', server=""), "ok", None, "web7"),
        (answer(body=b'{"user": "s-9"}'), "failed", "foreign session", "web1"),
        (answer(401), "failed", "logged out", "web1"),
        (answer(503, server=""), "failed", "http 503", "web7"),
    ],
)
def test_question_is_judged_by_whom_the_answer_is_about(
    reply: Answer, outcome: str, error: str | None, server: str
) -> None:
    plan = StayingUsers(dict(SessionProbe(name="s", users=1).settings()))
    login = plan.request(0)
    assert login is not None
    plan.answered(login, answer(cookies=("jtel_session=x", "JTELSRV=web7")))
    question = plan.request(1)
    assert question is not None

    judged = plan.answered(question, reply)

    assert (judged.outcome, judged.error, judged.server) == (outcome, error, server)


def test_login_without_answer_is_tried_again() -> None:
    plan = StayingUsers(dict(SessionProbe(name="s", users=1).settings()))
    login = plan.request(0)
    assert login is not None
    plan.unanswered(login)

    again = plan.request(1)

    assert again is not None
    assert again.about["what"] == "login"


def test_newcomers_have_no_cookie_and_no_name_twice() -> None:
    plan = NewUsers(dict(NewSessionProbe(name="n").settings()))

    first, second = plan.request(0), plan.request(1)

    assert b"Cookie" not in first.payload
    assert first.about["user"] != second.about["user"]


def test_deadline_lies_below_the_retransmission_of_a_lost_syn() -> None:
    assert HttpProbe(name="p").deadline_ms < 1000


@pytest.mark.parametrize("name", MODULES)
def test_vantage_needs_nothing_but_python_3_9_and_its_standard_library(name: str) -> None:
    source = (Path(__file__).parents[2] / PACKAGE.replace(".", "/") / f"{name}.py").read_text(
        encoding="utf-8"
    )
    tree = ast.parse(source, feature_version=(3, 9))

    assert "from __future__ import annotations" in source
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("conformance"):
            assert (node.module or "").startswith(PACKAGE)


def test_parcel_runs_in_a_bare_python_and_ends_with_its_input() -> None:
    settings: dict[str, Any] = {**HttpProbe(name="p", target="nobody").settings(), "vantage": "here"}
    settings["max_operations"] = 1

    done = subprocess.run(
        ["python3", "-I", *ARGV[1:]],
        input=parcel(settings),
        capture_output=True,
        text=True,
        timeout=10,
        check=True,
    )

    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[0]["t"] == "probe"
    assert all(line["error"] == "no such name" for line in lines if line["t"] == "failed")
    assert lines[-1]["what"] == "probe cost"
