"""SIP probes without a network: settings, names, what the other side has heard, and the parcel."""

import ast
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.probes.phone import lines
from conformance.probes.phone.directory import Directory
from conformance.probes.phone.pace import Pace
from conformance.probes.program import ARGV, PROGRAMS, parcel
from conformance.probes.recorder import DATAGRAMS, Recorder
from conformance.probes.sip import CallProbe, RegisterProbe
from topologies.voice.loop import LOOP

HOSTS = """
127.0.0.1 localhost
198.18.3.61 pbx1 # an exchange
198.18.3.62 pbx2 other
"""


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    """Names as the client of a lab has them."""
    (tmp_path / "hosts").write_text(HOSTS)
    return Directory(table=str(tmp_path / "hosts"))


def test_names_lead_to_addresses_and_back(directory: Directory) -> None:
    assert directory.address("other") == ("198.18.3.62", 5060)
    assert directory.address("nobody") is None
    assert directory.address("198.18.3.99") == ("198.18.3.99", 5060)
    assert [directory.name(f"198.18.3.{host}") for host in (61, 62, 63)] == ["pbx1", "other", "198.18.3.63"]


def test_a_table_that_changes_is_read_again(directory: Directory, tmp_path: Path) -> None:
    assert directory.address("pbx1") == ("198.18.3.61", 5060)

    (tmp_path / "hosts").write_text("198.18.3.160 pbx1\n")

    assert directory.address("pbx1") == ("198.18.3.160", 5060)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("received=124;lost=0", {"received": 124, "lost": 0}),
        ("received=7", {"received": 7}),
        ("received=;x", None),
        (None, None),
    ],
)
def test_what_the_other_side_has_heard(told: str | None, expected: dict[str, int] | None) -> None:
    assert lines.heard(told) == expected


@pytest.mark.parametrize(
    ("headers", "contact", "server"),
    [
        ({"x-jtel-server": "tel1"}, "198.18.3.81", "tel1"),
        ({}, "198.18.3.81", "198.18.3.81"),
        ({}, None, None),
    ],
)
def test_who_answered_is_known_by_word_or_by_address(
    headers: dict[str, str], contact: str | None, server: str | None
) -> None:
    call: Any = SimpleNamespace(headers=headers, contact=contact)

    assert lines.server_of(call) == server


def test_settings_are_json_and_have_no_secret_in_their_looks() -> None:
    probe = CallProbe(name="calls", password="secret", rate=20, hold_s=2.5)  # noqa: S106

    told = json.loads(json.dumps(probe.settings()))

    assert (told["interval_ns"], told["hold_ns"], told["plan"]) == (50_000_000, 2_500_000_000, "calls")
    assert "secret" not in repr(probe)
    assert {*CallProbe(name="a").settings()} >= {*RegisterProbe(name="b").settings()}


def test_two_phones_on_one_vantage_do_not_share_a_port() -> None:
    assert CallProbe(name="a").port != RegisterProbe(name="b").port


def test_pace_keeps_to_its_slots_and_leaves_out_what_has_no_room() -> None:
    started: list[tuple[int, int]] = []

    def start(slot: int, intended_ns: int) -> bool:
        started.append((slot, intended_ns))
        return slot % 2 == 0

    pace = Pace(start, interval_ns=2_000_000, max_ns=10**12, max_operations=5, at_limit=LOOP.stop)
    LOOP.later(0, pace.begin)
    LOOP.run()

    first_slot, first_ns = started[0]
    assert (first_slot, pace.operations) == (0, 5)
    assert pace.skipped == len(started) - 5
    assert all(intended_ns == first_ns + slot * 2_000_000 for slot, intended_ns in started)


def test_datagrams_have_a_file_of_their_own(tmp_path: Path) -> None:
    with Recorder(tmp_path / "history.jsonl") as recorder:
        recorder.record({"t": "observed"})
        assert not (tmp_path / DATAGRAMS).exists()
        recorder.record_datagram('{"t":"datagram"}\n')

    assert (tmp_path / DATAGRAMS).read_text() == '{"t":"datagram"}\n'
    assert "datagram" not in (tmp_path / "history.jsonl").read_text()


@pytest.mark.parametrize("program", PROGRAMS)
def test_modules_of_a_program_are_sent_after_what_they_import(program: str) -> None:
    """One module at a time, in a Python that finds nothing of ours but what was sent."""
    content = json.loads(parcel({"program": program}).rsplit("\n", 1)[1])

    assert [name for name, _ in content["modules"]] == PROGRAMS[program]
    seen: set[str] = set()
    for name, source in content["modules"]:
        imports = [node for node in ast.parse(source).body if isinstance(node, ast.ImportFrom)]
        ours = [node for node in imports if (node.module or "").startswith(("conformance.", "topologies."))]
        for node in ours:
            assert node.module in seen or {f"{node.module}.{alias.name}" for alias in node.names} <= seen, (
                name
            )
        seen.add(name)


def test_phone_that_knows_nobody_says_so() -> None:
    settings = {**CallProbe(name="calls", targets=("nobody.invalid",)).settings(), "vantage": "here"}

    done = subprocess.run(
        [sys.executable, *ARGV[1:]],
        input=parcel(settings),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )

    assert done.returncode == 1
    assert "nobody knows 'nobody.invalid', so the phone has no address: name one" in done.stderr
