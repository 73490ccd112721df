"""The storage in both of its places, seen by a client that is not ours: smbclient."""

import secrets
from collections.abc import Iterator

import pytest

from conformance.looks import look
from topologies import storage
from topologies.lab import Lab, bring_up
from topologies.loading import load
from topologies.system import Completed

ACCOUNT_FILE = "/etc/samba/ready"
"""Account and password of the account that is kept for tests, as smbclient reads them."""


@pytest.fixture(scope="module", params=["simple", "master-slave-db"])
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    with bring_up(load(request.param)) as lab:
        yield lab


def smbclient(lab: Lab, command: str, *options: str) -> Completed:
    (provider,) = storage.providers(lab.topology)
    address = lab.topology.nodes[provider].addresses["inside"]
    login = ["--authentication-file", ACCOUNT_FILE, *options]
    asked = [*login, "--command", command, f"//{address}/{storage.SHARE}"]
    return lab.nodes[provider].run("sh", "-c", 'cd /tmp && exec smbclient "$@"', "it", *asked)


def page(lab: Lab, method: str, name: str, content: bytes | None = None) -> dict[str, object]:
    url, cookie = f"http://acd-lb/recordings/{name}", "JTELSRV=web1"
    request = {
        "method": method,
        "url": url,
        "cookie": cookie,
        "content": None if content is None else content.hex(),
    }
    (said,) = look(lab.vantage, "recordings", requests=[request])
    return dict(said)


def test_another_client_gets_what_ours_has_put(lab: Lab) -> None:
    content = secrets.token_bytes(5000)
    assert page(lab, "PUT", "ours.wav", content)["status"] == 201
    (provider,) = storage.providers(lab.topology)

    assert smbclient(lab, "get ours.wav").status == 0
    assert lab.nodes[provider].read_bytes("/tmp/ours.wav") == content  # noqa: S108 -- on the node


def test_ours_gets_what_another_client_has_put(lab: Lab) -> None:
    content = secrets.token_bytes(5000)
    page(lab, "PUT", "first.wav", content)

    assert smbclient(lab, "get first.wav; put first.wav second.wav").status == 0
    played, kept = page(lab, "GET", "second.wav"), page(lab, "GET", "first.wav")
    assert played["status"] == 200
    assert played["sha256"] == kept["sha256"]


@pytest.mark.parametrize(
    "options",
    [
        ("--max-protocol=NT1", "--option=client min protocol=NT1"),
        ("--max-protocol=SMB2_10", "--option=client min protocol=SMB2_02"),
        ("--user=nobody%", "--no-pass"),
        ("--user=jtel_web%wrong",),
    ],
    ids=["SMB 1", "SMB 2", "guest", "wrong password"],
)
def test_another_client_is_refused(lab: Lab, options: tuple[str, ...]) -> None:
    assert smbclient(lab, "ls", *options).status != 0
    assert smbclient(lab, "ls").status == 0


def test_another_client_may_encrypt(lab: Lab) -> None:
    assert smbclient(lab, "ls", "--client-protection=encrypt").status == 0
