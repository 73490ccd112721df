"""Files and records of probes without a network, and the words of what goes wrong."""

from collections.abc import Mapping
from typing import Any

import pytest

from conformance.probes.smb import LARGEST, SmbProbe
from conformance.probes.vantage.smb_loop import _judged, _word
from conformance.probes.vantage.smb_plans import Appends, Logins, Reads, Writes
from conformance.probes.vantage.smb_records import client_of, digest, examined, file_of, record
from topologies.smb import share
from topologies.smb.trouble import Refused, Unanswered, Unsent

SETTINGS: Mapping[str, Any] = {"client": "c", "size": 100, "files": ["a", "c-of-1"]}
THREE = b"".join(record("c", sequence, 100) for sequence in (4, 5, 9))


class Memory:
    """A share in memory, as far as plans use one."""

    number = 7

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def write(self, name: str, content: bytes, _until_s: float) -> None:
        """Make a file."""
        assert name not in self.files
        self.files[name] = content

    def append(self, name: str, line: bytes, _until_s: float) -> None:
        """Make a file longer."""
        self.files[name] = self.files.get(name, b"") + line

    def read(self, name: str, _until_s: float) -> bytes:
        """Return a file."""
        return self.files[name]


def done(plan: Any, memory: Memory, slot: int) -> dict[str, Any]:
    task = plan.task(slot)
    return {**task.about, **task.do(memory, 0.0)}


def test_records_are_found_again_in_their_order() -> None:
    assert examined("c", THREE) == {"sequences": [4, 5, 9], "torn": 0, "foreign": 0}
    assert examined("c", b"") == {"sequences": [], "torn": 0, "foreign": 0}


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (THREE[:-1], {"sequences": [4, 5], "torn": 1, "foreign": 0}),
        (THREE[10:], {"sequences": [5, 9], "torn": 1, "foreign": 0}),
        (THREE + record("other", 1, 5), {"sequences": [4, 5, 9], "torn": 0, "foreign": 1}),
        (THREE + record("c", 4, 100), {"sequences": [4, 5, 9, 4], "torn": 0, "foreign": 0}),
        (THREE + bytes(30), {"sequences": [4, 5, 9], "torn": 1, "foreign": 0}),
        (THREE + b"\n", {"sequences": [4, 5, 9], "torn": 1, "foreign": 0}),
        (THREE.replace(b" 100 ", b" 99 ", 1), {"sequences": [5, 9], "torn": 1, "foreign": 0}),
    ],
)
def test_what_is_wrong_with_a_file_of_records_is_counted(content: bytes, found: dict[str, Any]) -> None:
    assert examined("c", content) == found


def test_a_changed_byte_is_torn() -> None:
    changed = bytearray(THREE)
    changed[150] ^= 1

    assert examined("c", bytes(changed))["torn"] == 1


def test_files_of_records_tell_whose_they_are() -> None:
    assert client_of(file_of("probe-1-web1", 12)) == "probe-1-web1"
    assert client_of("probe-1-web1-12") is None


def test_every_slot_has_a_file_of_its_own() -> None:
    memory, plan = Memory(), Writes(dict(SETTINGS))
    one, other = done(plan, memory, 1), done(plan, memory, 2)

    assert (one["file"], other["file"], one["size"]) == ("c-1", "c-2", 100)
    assert one["sha256"] == digest(memory.files["c-1"]) != other["sha256"]


def test_records_go_to_the_file_of_the_connection() -> None:
    memory, plan = Memory(), Appends(dict(SETTINGS))
    for slot in (1, 2):
        done(plan, memory, slot)
    task = plan.task(3)

    assert task.about["sequence"] == 3
    assert task.writes
    assert task.file_of is not None
    assert task.file_of(memory) == "c-of-7"  # type: ignore[arg-type]
    assert examined("c", memory.files["c-of-7"])["sequences"] == [1, 2]


def test_what_is_read_is_told_by_its_checksum_and_its_records() -> None:
    memory, plan = Memory(), Reads(dict(SETTINGS))
    memory.files = {"a": b"sound", "c-of-1": THREE}

    assert done(plan, memory, 0) == {"what": "read", "file": "a", "size": 5, "sha256": digest(b"sound")}
    assert done(plan, memory, 1)["sequences"] == [4, 5, 9]
    assert plan.task(2) is None


def test_a_login_writes_nothing() -> None:
    assert not Logins(dict(SETTINGS)).task(0).writes


@pytest.mark.parametrize(
    ("trouble", "outcome", "word"),
    [
        (Unsent("closed"), "failed", "closed"),
        (Unanswered("answer timeout"), "unknown", "answer timeout"),
        (Refused(0xC0000022), "failed", "smb STATUS_ACCESS_DENIED"),
        (Refused(0xC000007F, has_begun=True), "unknown", "smb STATUS_DISK_FULL"),
        (Refused(0xC0009999), "failed", "smb c0009999"),
    ],
)
def test_outcome_of_a_write_follows_from_how_far_it_came(trouble: Any, outcome: str, word: str) -> None:
    assert (_judged(trouble, writes=True), _word(trouble)) == (outcome, word)
    assert _judged(trouble, writes=False) == "failed"


def test_a_cause_in_the_network_has_the_word_that_other_probes_have() -> None:
    trouble = Unanswered("Connection reset by peer")
    trouble.__cause__ = ConnectionResetError(104, "Connection reset by peer")

    assert _word(trouble) == "reset"


def test_trouble_of_the_vantage_itself_proves_nothing() -> None:
    trouble = Unsent("Too many open files")
    trouble.__cause__ = OSError(24, "Too many open files")

    with pytest.raises(OSError, match="Too many open files"):
        _word(trouble)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"what": "write"}, "'write' needs a client"),
        ({"what": "append"}, "'append' needs a client"),
        ({"size": 0}, "1 to 32768 bytes, not 0"),
        ({"size": LARGEST + 1}, "1 to 32768 bytes"),
        ({"account": ""}, "logs nobody in without an account"),
        ({"interval_ms": 1.0}, "more than 400 in flight"),
    ],
)
def test_probes_that_cannot_be_are_refused(changes: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        SmbProbe(**{"name": "p", "what": "login", "account": "a", "password": "x", **changes})


def test_the_largest_record_fits_into_a_request() -> None:
    assert len(record("c" * 60, 10**9, LARGEST)) <= share.LARGEST
