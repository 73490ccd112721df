"""The catalogue is whole, and says of every topology what applies to it."""

from pathlib import Path
from typing import Any

import pytest

from conformance.catalogue import catalogue, chapters
from topologies.errors import UsageError
from topologies.model import Topology

COUNT = {"ALI": 3, "WEB": 10, "SIP": 9, "FIL": 6, "DB": 9, "GEO": 6, "SEC": 2}


def topology(*, balancers: int = 1, webs: int = 1, shared: bool = False, **variants: str) -> Topology:
    """Return a topology of web servers behind balancers."""
    nodes: dict[str, Any] = {"db": {"role": "database", "addresses": {"inside": "198.18.2.31"}}}
    for number in range(1, balancers + 1):
        nodes[f"lb{number}"] = {"role": "balancer", "addresses": {"user": f"198.18.1.1{number}"}}
    for number in range(1, webs + 1):
        nodes[f"web{number}"] = {"role": "web", "addresses": {"inside": f"198.18.2.2{number}"}}
    vips = {
        "front": {
            "address": "198.18.1.100",
            "network": "user",
            "candidates": ["lb1", "lb2"],
            "carries": ["acd-lb"],
        }
    }
    return Topology.model_validate(
        {
            "name": "sample",
            "title": "A sample",
            "variants": variants or {"user-access": "any"},
            "networks": {"user": "198.18.1.0/24", "inside": "198.18.2.0/24"},
            "nodes": nodes,
            "virtual-ips": vips if shared else {},
        }
    )


def applying(sample: Topology) -> set[str]:
    return {
        identity for identity, requirement in catalogue().items() if requirement.applies_to(sample).applies
    }


def test_every_chapter_is_whole() -> None:
    """Each prefix is numbered from 1 without a gap."""
    for prefix, count in COUNT.items():
        mine = [identity for identity in catalogue() if identity.startswith(f"{prefix}-")]
        assert mine == [f"{prefix}-{number}" for number in range(1, count + 1)]
    assert len(catalogue()) == sum(COUNT.values())


def test_every_requirement_says_its_promise_in_both_languages() -> None:
    """Titles and promises exist in German and English, and differ from one another."""
    for requirement in catalogue().values():
        assert requirement.promise.de.endswith(".")
        assert requirement.promise.en.endswith(".")
        assert requirement.promise.de != requirement.promise.en
        assert requirement.chapter in chapters()


def test_one_web_server_behind_one_balancer() -> None:
    """What needs a second web server or a second balancer does not apply."""
    assert applying(topology()) == {"ALI-1", "ALI-2", "WEB-1", "WEB-2", "WEB-7", "SEC-1", "SEC-2"}


def test_two_web_servers_behind_one_balancer() -> None:
    """A second web server brings distribution, stickiness, failure and return."""
    assert applying(topology(webs=2)) - applying(topology()) == {"WEB-3", "WEB-4", "WEB-5", "WEB-6"}


def test_two_balancers_with_a_virtual_ip() -> None:
    """A virtual IP brings the takeover and its aliases."""
    both = topology(webs=2, balancers=2, shared=True)
    assert applying(both) - applying(topology(webs=2)) == {"ALI-3", "WEB-8", "WEB-9", "WEB-10"}


def test_a_chapter_that_the_topology_does_not_declare() -> None:
    """Its requirements are listed as not applicable, with that reason."""
    verdict = catalogue()["SIP-1"].applies_to(topology())
    assert verdict == (False, "the topology declares no sip variant")


def test_the_reason_names_what_is_missing() -> None:
    """It says what is needed, what there is, and why that matters."""
    reason = catalogue()["WEB-5"].applies_to(topology()).reason
    assert reason.startswith("needs 2 web nodes, the topology has 1; with one no other can carry on")
    assert "shared by balancer" in catalogue()["ALI-3"].applies_to(topology()).reason


def test_a_variant_of_another_kind() -> None:
    """DB-4 is about multi-master only."""
    sample = topology(database="master-slave")
    assert catalogue()["DB-4"].applies_to(sample).reason == (
        "needs database multi-master, the topology declares master-slave"
    )


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("requirements: {WEB-1: {chapter: web}}", "chapters"),
        ("chapters: {}\nrequirements: {WEB-1: {chapter: web}}", "WEB-1: title"),
        ("chapters: [", "not.yaml"),
    ],
)
def test_an_invalid_catalogue_is_told_in_one_sentence(tmp_path: Path, wrong: str, told: str) -> None:
    """The message names the file and the place."""
    source = tmp_path / "not.yaml"
    source.write_text(wrong, encoding="utf-8")
    with pytest.raises(UsageError, match=told):
        catalogue(source)
