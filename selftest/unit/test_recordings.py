"""Recordings as the stand-ins make and play them, with a share in memory."""

import asyncio
import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from selftest.unit.fake_database import SETTINGS
from topologies.images.telephony.rootfs.opt.jtel.jtel_telephony import recordings as of_calls
from topologies.images.telephony.rootfs.opt.jtel.jtel_telephony.settings import StorageSettings, read_settings
from topologies.images.web.rootfs.opt.jtel.jtel_web import recordings as pages
from topologies.images.web.rootfs.opt.jtel.jtel_web.app import MAX_BODY_BYTES, App
from topologies.images.web.rootfs.opt.jtel.jtel_web.calls import Calls
from topologies.images.web.rootfs.opt.jtel.jtel_web.database import Database
from topologies.images.web.rootfs.opt.jtel.jtel_web.sessions import LocalSessions
from topologies.images.web.rootfs.opt.jtel.jtel_web.settings import StorageSettings as WebStorage
from topologies.lab.credentials import Secrets
from topologies.lab.rendering import render
from topologies.loading import load
from topologies.smb.trouble import Refused, Unanswered, Unsent

NO_SUCH_FILE, ACCESS_DENIED = 0xC0000034, 0xC0000022
WHERE = {"host": "acd-store", "share": "recordings", "user": "jtel_web", "password": "secret"}


class Share:
    """A share in memory; every store that is made leads to it."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.trouble: Exception | None = None
        self.loses = 0
        """So many files that are written next are kept with another content."""
        self.asked: list[tuple[str, ...]] = []

    def store(self, host: str, share: str, *, account: str, **_: Any) -> "Share":
        """Open a store."""
        self.asked.append((host, share, account))
        return self

    def write(self, name: str, content: bytes) -> str:
        """Keep a file."""
        self._must_answer()
        self.files[name] = b"?" if self.loses else content
        self.loses = max(0, self.loses - 1)
        return "st1"

    def read(self, name: str) -> tuple[bytes, str]:
        """Return a file."""
        self._must_answer()
        if name not in self.files:
            raise Refused(NO_SUCH_FILE)
        return self.files[name], "st1"

    def names(self) -> tuple[list[str], str]:
        """Return all names."""
        self._must_answer()
        return sorted(self.files), "st1"

    def _must_answer(self) -> None:
        if self.trouble:
            raise self.trouble


class Said(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes


@pytest.fixture
def share(monkeypatch: pytest.MonkeyPatch) -> Share:
    share = Share()
    for module in (of_calls, pages):
        monkeypatch.setattr(module, "Store", share.store)
    return share


def ask(method: str, path: str, body: bytes = b"", *, has_share: bool = True) -> Said:
    database = Database(SETTINGS)
    recordings = pages.Recordings(WebStorage(**WHERE)) if has_share else None
    app = App("web1", LocalSessions(), Calls(database, "web1"), {}, lambda: True, recordings)
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app({"type": "http", "method": method, "path": path, "headers": []}, receive, send))
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Said(sent[0]["status"], headers, sent[1]["body"])


def test_what_one_keeps_is_listed_and_played(share: Share) -> None:
    kept = ask("PUT", "/recordings/a.wav", b"sound")
    played = ask("GET", "/recordings/a.wav")

    assert (kept.status, kept.headers["x-jtel-storage"]) == (201, "st1")
    assert (played.status, played.body, played.headers["content-type"]) == (200, b"sound", "audio/wav")
    assert played.headers["x-jtel-server"] == "web1"
    assert json.loads(ask("GET", "/recordings").body)["recordings"] == ["a.wav"]
    assert set(share.asked) == {("acd-store", "recordings", "jtel_web")}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/recordings/nowhere.wav", 404),
        ("GET", "/recordings/..", 404),
        ("GET", "/recordings/a/b", 404),
        ("GET", "/recordings/", 404),
        ("PUT", "/recordings/.hidden", 404),
        ("PUT", f"/recordings/{'x' * 129}", 404),
        ("PUT", "/recordings", 405),
        ("POST", "/recordings/a.wav", 405),
    ],
)
@pytest.mark.usefixtures("share")
def test_what_is_no_recording(method: str, path: str, status: int) -> None:
    assert ask(method, path).status == status


def test_a_recording_has_its_longest(share: Share) -> None:
    assert ask("PUT", "/recordings/a.wav", bytes(MAX_BODY_BYTES)).status == 201
    assert ask("PUT", "/recordings/b.wav", bytes(MAX_BODY_BYTES + 1)).status == 413
    assert list(share.files) == ["a.wav"]


@pytest.mark.parametrize(
    ("trouble", "word"),
    [
        (Unanswered("answer timeout"), "storage: answer timeout"),
        (Refused(ACCESS_DENIED), "storage: smb STATUS_ACCESS_DENIED"),
        (Unsent("Connection refused"), "storage: Connection refused"),
    ],
)
def test_without_its_storage_a_server_says_so_and_works_on(
    share: Share, trouble: Exception, word: str
) -> None:
    share.trouble = trouble
    said = ask("GET", "/recordings/a.wav")

    assert (said.status, json.loads(said.body)["error"]) == (503, word)
    assert ask("GET", "/health").status == 200


def test_where_there_is_no_storage_there_are_no_recordings() -> None:
    assert ask("GET", "/recordings", has_share=False).status == 404


def test_recording_of_a_call_is_a_sound_that_tells_whose_it_is() -> None:
    one = of_calls.recording("tel1", "a/b@198.18.3.10", "201", 117)

    assert one.name == "tel1-a_b_198.18.3.10.wav"
    assert one.content[:4] + one.content[8:12] == b"RIFFWAVE"
    assert int.from_bytes(one.content[4:8], "little") == len(one.content) - 8
    assert b"201 heard 117 packets" in one.content
    assert len(one.content) % 2 == 0


def calls(**changes: Any) -> of_calls.Recordings:
    return of_calls.Recordings(StorageSettings(**{**WHERE, "user": "jtel_telephony"}), **changes)


def test_recording_is_written_until_it_is_read_as_it_was(share: Share) -> None:
    share.loses = 2
    one = of_calls.recording("tel1", "x", "201", 1)
    calls(again_after_s=0.0).write(one)

    assert hashlib.sha256(share.files["tel1-x.wav"]).digest() == hashlib.sha256(one.content).digest()
    assert share.loses == 0


def test_recording_waits_for_a_storage_that_is_gone(share: Share) -> None:
    share.trouble = Unsent("closed")
    recordings = calls()
    pauses = iter([Unsent("closed"), None])

    def pause(_: float) -> None:
        share.trouble = next(pauses)

    recordings._pause.wait = pause  # type: ignore[assignment, method-assign]
    recordings.write(of_calls.recording("tel1", "x", "201", 1))

    assert list(share.files) == ["tel1-x.wav"]


def test_no_call_waits_for_its_recording(share: Share) -> None:
    share.trouble = Unsent("closed")
    recordings = calls()
    for number in range(recordings._waiting.maxsize + 1):
        recordings.add(of_calls.Recording(str(number), b""))

    assert recordings._waiting.full()


def test_settings_without_a_storage_record_nothing(tmp_path: Path) -> None:
    files = {file.path: file.content.decode() for file in render("tel1", load("simple"), Secrets("key"))}
    path = tmp_path / "telephony.toml"
    path.write_text(files["/etc/jtel/telephony.toml"])
    told = read_settings(path).storage
    assert told is not None
    assert (told.host, told.user) == ("acd-store", "jtel_telephony")
    assert told.password not in repr(told)
    path.write_text(files["/etc/jtel/telephony.toml"].partition("[storage]")[0])
    assert read_settings(path).storage is None
