"""The storage of a topology: where it is, who uses it, and the configurations that follow."""

import pytest

from topologies import storage
from topologies.lab import rendering
from topologies.lab.credentials import Secrets
from topologies.loading import load, names

CONFIGURATION = "/etc/samba/smb.conf"


def rendered(topology: str, node: str) -> dict[str, str]:
    files = rendering.render(node, load(topology), Secrets("key"))
    return {file.path: file.content.decode() for file in files if b"\0" not in file.content}


@pytest.mark.parametrize("name", names())
def test_every_topology_has_one_and_everybody_who_uses_it_reaches_it(name: str) -> None:
    topology = load(name)
    (provider,) = storage.providers(topology)

    assert provider == ("lb1" if name == "simple" else "st1")
    for user in storage.users(topology):
        assert topology.resolve(storage.ALIAS, seen_from=user) == topology.nodes[provider].addresses["inside"]


@pytest.mark.parametrize("name", names())
def test_samba_serves_on_its_provider_and_nowhere_else(name: str) -> None:
    topology = load(name)
    configurations = {node: rendered(name, node).get(CONFIGURATION, "") for node in topology.nodes}

    serving = tuple(node for node, text in configurations.items() if "[recordings]" in text)
    assert serving == storage.providers(topology)


def test_both_places_have_the_same_configuration() -> None:
    on_balancer, external = rendered("simple", "lb1"), rendered("redundant", "st1")

    alike = on_balancer[CONFIGURATION].replace("lb1", "st1").replace("198.18.2.11", "198.18.2.51")
    assert alike.strip() == external[CONFIGURATION].strip()
    assert on_balancer["/etc/samba/accounts"].strip() == external["/etc/samba/accounts"].strip()


def test_who_uses_it_has_the_password_that_the_storage_knows() -> None:
    known = dict(line.split() for line in rendered("redundant", "st1")["/etc/samba/accounts"].splitlines())

    assert set(known) == set(storage.ALL_ACCOUNTS)
    web, telephony = rendered("redundant", "web2"), rendered("redundant", "tel1")
    assert f'password = "{known["jtel_web"]}"' in web["/etc/jtel/web.toml"]
    assert f'password = "{known["jtel_telephony"]}"' in telephony["/etc/jtel/telephony.toml"]


def test_without_a_storage_nobody_is_told_of_one() -> None:
    topology = load("simple")
    bare = topology.model_copy(
        update={"aliases": {k: v for k, v in topology.aliases.items() if k != storage.ALIAS}}
    )

    assert not storage.has_storage(bare)
    assert storage.providers(bare) == ()
    for file in rendering.render("web1", bare, Secrets("key")):
        assert b"[storage]" not in file.content
