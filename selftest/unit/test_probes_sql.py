"""SQL probes without a network: packets, logins, answers, and what they mean."""

import dataclasses
import json
from typing import Any

import pytest

from conformance.probes.sql import SqlProbe
from conformance.probes.vantage import sql_answers
from conformance.probes.vantage.failures import Torn
from conformance.probes.vantage.sql_answers import SqlAnswer
from conformance.probes.vantage.sql_packets import (
    Login,
    Packet,
    first,
    nonce_of_greeting,
    packet,
    query,
    switch,
)
from conformance.probes.vantage.sql_plans import Inserts, Logins, Reads, SqlPlan, Touches

GREETING = (
    b"\n5.5.5-10.11.19-MariaDB-0+deb12u1-log\0\x05\0\0\0qrf,DTV5\0\xfe\xf7\x08\x02\0\xff\x81\x15"
    b"\0\0\0\0\0\0\x1d\0\0\0E:2-+1P!R\\Ut\0mysql_native_password\0"
)
"""As a MariaDB 10.11 sent it."""
NONCE = b"qrf,DTV5E:2-+1P!R\\Ut"
ROWS = (
    b"\x01\0\0\x01\x01%\0\0\x02\x03def\0\0\0\x0fCONNECTION_ID()\0\x0c?\0\x0a\0\0\0\x03\xa1\0\0\0\0"
    b"\x05\0\0\x03\xfe\0\0\x02\0\x02\0\0\x04\x015\x05\0\0\x05\xfe\0\0\x02\0"
)
"""As it answered `SELECT CONNECTION_ID()`: one row, whose only field is 5."""
REFUSAL = packet(1, b"\xff\x0a\x05#HY000The MariaDB server is running with the --read-only option")
PASSWORD = "secret"  # noqa: S105 -- of nobody
END = b"\xfe\0\0\x02\0"


def probe(what: Any, **changes: Any) -> SqlProbe:
    return SqlProbe(**{"name": "p", "what": what, "client": "c", "password": PASSWORD, **changes})


def plan_of(probe: SqlProbe) -> SqlPlan:
    settings = dict(probe.settings())
    if probe.what in {"login", "touch"}:
        return Logins(settings) if probe.what == "login" else Touches(settings)
    return Inserts(settings) if probe.what == "insert" else Reads(settings)


def rows(*bodies: bytes, columns: int) -> bytes:
    parts = [bytes([columns]), *[b"\x03def"] * columns, END, *bodies, END]
    return b"".join(packet(number, body) for number, body in enumerate(parts, 1))


def test_packets_are_cut_by_their_length() -> None:
    buffer = packet(3, b"one") + packet(4, b"")

    assert first(buffer) == Packet(3, b"one")
    assert first(buffer, 7) == Packet(4, b"")
    assert all(first(buffer[:cut]) is None for cut in range(7))


def test_length_that_no_exchange_has_is_torn() -> None:
    with pytest.raises(Torn):
        first(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def test_greeting_tells_its_nonce() -> None:
    assert nonce_of_greeting(GREETING) == NONCE


@pytest.mark.parametrize("greeting", [b"", b"\x0a", GREETING[:50], GREETING[:80], b"\x09" + GREETING[1:]])
def test_what_is_no_greeting_is_torn(greeting: bytes) -> None:
    with pytest.raises(Torn):
        nonce_of_greeting(greeting)


def test_login_proves_the_password_as_mysql_native_password_does() -> None:
    answer = Login("jtel_web", PASSWORD, "jtel").answer(NONCE)

    # SHA1(password) XOR SHA1(nonce + SHA1(SHA1(password))), worked out by a MariaDB
    proof = bytes.fromhex("a1553f60879a93998c88f9c1c38f29320d798e26")
    assert answer[32:] == b"jtel_web\0\x14" + proof + b"jtel\0mysql_native_password\0"
    assert int.from_bytes(answer[:4], "little") & 0x8


def test_login_without_password_and_schema_gives_neither() -> None:
    answer = Login("jtel_web", "", None).answer(NONCE)

    assert answer[32:] == b"jtel_web\0\0mysql_native_password\0"
    assert not int.from_bytes(answer[:4], "little") & 0x8


def test_switch_tells_plugin_and_nonce() -> None:
    assert switch(b"\xfemysql_native_password\0" + NONCE + b"\0") == ("mysql_native_password", NONCE)


def test_rows_are_read_once_they_are_whole() -> None:
    answer = sql_answers.read(ROWS)

    assert answer is not None
    assert (answer.rows, answer.error) == ([["5"]], None)
    assert all(sql_answers.read(ROWS[:cut]) is None for cut in range(len(ROWS)))


def test_fields_are_null_empty_long_and_not_ascii() -> None:
    long = "ü" * 200
    body = b"\xfb" + b"\0" + b"\xfc\x90\x01" + long.encode()

    answer = sql_answers.read(rows(body, columns=3))

    assert answer is not None
    assert answer.rows == [[None, "", long]]


def test_answer_without_rows_and_two_rows() -> None:
    done = sql_answers.read(packet(1, b"\0\x01\0\x02\0\0\0"))
    two = sql_answers.read(rows(b"\x011", b"\x012", columns=1))

    assert done is not None
    assert two is not None
    assert (done.rows, two.rows) == ([], [["1"], ["2"]])


@pytest.mark.parametrize("before", [b"", ROWS[:-9]])
def test_error_is_read_instead_of_rows_and_behind_some(before: bytes) -> None:
    answer = sql_answers.read(before + REFUSAL)

    assert answer is not None
    assert (answer.rows, answer.error) == ([], 1290)
    assert sql_answers.read((before + REFUSAL)[:-1]) is None


@pytest.mark.parametrize(
    "buffer",
    [
        packet(1, b""),
        packet(1, b"\xff"),
        packet(1, b"\xfb/etc/passwd"),
        packet(1, END),
        packet(1, b"\x02") + packet(2, b"\x03def") + packet(3, END),
        rows(b"\x05few", columns=1),
        rows(b"\x011\x012", columns=1),
        rows(b"\x011", columns=2),
    ],
)
def test_what_is_no_answer_is_torn(buffer: bytes) -> None:
    with pytest.raises(Torn):
        sql_answers.read(buffer)


def test_insert_leaves_a_mark_with_the_number_of_its_slot() -> None:
    request = plan_of(probe("insert", client="o'k\\")).request(7)

    assert request is not None
    assert request.about == {"what": "insert", "client": "o'k\\", "sequence": 7}
    assert request.payload == query(
        "INSERT INTO marks (client, sequence, server) VALUES ('o''k\\\\', 7, @@hostname) RETURNING id, server"
    )


@pytest.mark.parametrize(
    ("what", "row", "server", "found"),
    [
        ("insert", ["12", "dbm1"], "dbm1", {"id": 12}),
        ("read", ["dbs1", "40"], "dbs1", {"newest": 40}),
        ("read", ["dbs1", None], "dbs1", {"newest": None}),
        ("login", ["dbm2"], "dbm2", {}),
    ],
)
def test_row_tells_server_and_more(
    what: str, row: list[str | None], server: str, found: dict[str, Any]
) -> None:
    plan = plan_of(probe(what))
    request = plan.request(0)
    assert request is not None

    assert plan.answered(request, SqlAnswer([row])) == ("ok", None, server, found)


@pytest.mark.parametrize(
    ("error", "of_insert"),
    [
        *((code, "failed") for code in (1040, 1205, 1290, 1836)),
        *((code, "unknown") for code in (1053, 1180, 1317, 1927)),
    ],
)
@pytest.mark.parametrize("what", ["insert", "read"])
def test_error_code_leaves_open_if_an_insert_took_effect(what: str, error: int, of_insert: str) -> None:
    plan = plan_of(probe(what))
    request = plan.request(0)
    assert request is not None

    judged = plan.answered(request, SqlAnswer([], error))

    assert (judged.outcome, judged.error) == (of_insert if what == "insert" else "failed", f"sql {error}")


@pytest.mark.parametrize("given", [[], [["1"]], [["x", "dbm1"]], [[None, "dbm1"]], [["1", "a"], ["2", "a"]]])
def test_other_rows_than_asked_for_are_a_torn_answer(given: list[list[str | None]]) -> None:
    plan = plan_of(probe("insert"))
    request = plan.request(0)
    assert request is not None

    judged = plan.answered(request, SqlAnswer(given))

    assert (judged.outcome, judged.error) == ("unknown", "torn answer")


def test_password_shows_in_no_repr_and_in_no_line() -> None:
    made = probe("insert")
    request = plan_of(made).request(0)
    assert request is not None

    assert PASSWORD not in repr(made)
    assert PASSWORD not in json.dumps(request.about)
    assert made.settings()["password"] == PASSWORD


def test_login_is_always_made_on_a_new_connection() -> None:
    assert probe("insert").settings()["keep_alive"]
    assert not probe("insert", keep_alive=False).settings()["keep_alive"]
    assert not probe("login").settings()["keep_alive"]


def test_marks_need_a_client_and_logins_need_none() -> None:
    with pytest.raises(ValueError, match="probe p: 'insert' needs a client"):
        probe("insert", client="")
    assert probe("login", client="").ready_after == 20


def test_probe_is_frozen_and_its_deadline_below_the_retransmission_of_a_lost_syn() -> None:
    made = probe("read")

    assert made.deadline_ms < 1000
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.target = "acd-dbs"  # type: ignore[misc]


def test_a_touch_changes_nothing_and_is_taken_or_refused() -> None:
    plan = plan_of(probe("touch", client=""))
    request = plan.request(0)
    assert request is not None
    assert b"WHERE FALSE" in request.payload
    assert not request.writes
    assert plan.answered(request, SqlAnswer([])) == ("ok", None, None, {})
    assert plan.answered(request, SqlAnswer([], 1290)) == ("failed", "sql 1290", None, {})
