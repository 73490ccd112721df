"""Topology files: the three that there are, and one sentence for everything that can be wrong with one."""

from pathlib import Path

import pytest

from topologies.document import merged
from topologies.errors import TopologyError
from topologies.loading import FOLDER, load, names
from topologies.model import Role

VALID = """\
title: Small
variants: {user-access: some}
networks:
  user: 198.18.1.0/24
  inside: 198.18.2.0/24
nodes:
  lb1: {role: balancer, user: 198.18.1.11, inside: 198.18.2.11, after: [web1]}
  web1: {role: web, inside: 198.18.2.21}
  client: {role: client, user: 198.18.1.10}
aliases: {acd-lb: lb1}
reachable:
  - {source: user, to: acd-lb, ports: [80, 443]}
"""


def complaint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str) -> str:
    """Return the sentence about the valid file with *old* replaced by *new*."""
    assert old in VALID
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(VALID.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(TopologyError) as caught:
        load("small.yaml")
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "balancers", "web_servers"), [("simple", 1, 1), ("redundant", 1, 2), ("redundant-lb", 2, 2)]
)
def test_the_variants_of_user_access(name: str, balancers: int, web_servers: int) -> None:
    topology = load(name)
    assert topology.name == name
    assert len(topology.with_role(Role.BALANCER)) == balancers
    assert len(topology.with_role(Role.WEB)) == web_servers
    assert {"acd-lb", "acd-dbm", "acd-dbs", "acd-dbr"} < set(topology.alias_names())
    for node in [*topology.with_role(Role.WEB).values(), *topology.with_role(Role.DATABASE).values()]:
        assert list(node.addresses) == ["inside"]
    for node in topology.with_role(Role.BALANCER).values():
        assert list(node.addresses) == ["user", "inside"]


def test_every_file_beside_the_loader_is_a_topology() -> None:
    assert names() == sorted(path.stem for path in FOLDER.glob("*.yaml"))
    for name in names():
        load(name)


def test_networks_named_in_a_node_become_its_addresses_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(VALID, encoding="utf-8")
    topology = load(path)
    assert topology.name == "small"
    assert {net: str(address) for net, address in topology.nodes["lb1"].addresses.items()} == {
        "user": "198.18.1.11",
        "inside": "198.18.2.11",
    }


def test_an_unknown_name_is_answered_with_the_closest_one() -> None:
    with pytest.raises(
        TopologyError, match=r"unknown topology 'redundent-lb'; did you mean 'redundant-lb'\? known "
    ):
        load("redundent-lb")
    with pytest.raises(TopologyError, match=r"unknown topology 'nonsense'; known topologies: .*simple"):
        load("nonsense")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "role: web",
            "role: webb",
            "small.yaml:8: nodes.web1.role: 'webb' is not possible here; did you mean 'web'?",
        ),
        (
            "role: web",
            "rol: web",
            "small.yaml:8: nodes.web1.rol: neither a key of a node nor a network; did you mean",
        ),
        ("role: web, ", "", "small.yaml:8: nodes.web1: the key 'role' is missing; add it"),
        (
            "aliases:",
            "alias:",
            "small.yaml:10: alias: unknown key; did you mean 'aliases'? known: aliases, database, d",
        ),
        (
            "198.18.2.21",
            "198.18.2.300",
            "small.yaml:8: nodes.web1.inside: '198.18.2.300' is not an IPv4 address;",
        ),
        (
            "198.18.2.21",
            "198.18.2.11",
            "small.yaml:8: nodes.web1.inside: address 198.18.2.11 is already that of nod",
        ),
        (
            "198.18.1.0/24",
            "198.18.1.5/24",
            "small.yaml:4: networks.user: '198.18.1.5/24' is not an IPv4 network;",
        ),
        (
            "198.18.1.0/24",
            "10.1.1.0/24",
            "small.yaml:4: networks.user: 10.1.1.0/24 is not a /24 of 198.18.0.0/15;",
        ),
        (
            "after: [web1]",
            "after: [web7]",
            "small.yaml:7: nodes.lb1.after: unknown node 'web7'; did you mean 'web1'?",
        ),
        ("after: [web1]", "after: web1", "small.yaml:7: nodes.lb1.after: 'web1' is not a list; write [...]"),
        (
            "[80, 443]",
            "[80, 70000]",
            "small.yaml:12: reachable[0].ports[1]: 70000: input should be less than or equal",
        ),
        (
            "acd-lb: lb1",
            "acd-lb: lb2",
            "small.yaml:10: aliases.acd-lb: unknown node 'lb2'; did you mean 'lb1'?",
        ),
        (
            "acd-lb: lb1",
            "ACD_LB: lb1",
            "small.yaml:10: aliases.ACD_LB: 'ACD_LB' is not a name; start with a letter",
        ),
        ("  web1:", "  lb1:", "small.yaml:8: the key 'lb1' is already on line 7; drop one"),
        (
            "title: Small",
            "name: other",
            "small.yaml:1: name: the file's own name is the topology's; drop this key",
        ),
        (
            "  user: 198",
            "  role: 198",
            "small.yaml:4: networks.role: 'role' already means something in a node;",
        ),
        ("networks:", "networks: [", "small.yaml:5: column 9: broken YAML: "),
        ("title: Small", "title: &a Small\nx: *a", "anchors (&, *) are not supported"),
        ("title: Small", "title: !!python/none x", "is not supported; write a plain value"),
    ],
)
def test_a_mistake_is_named_with_line_key_value_and_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, said: str
) -> None:
    assert said in complaint(tmp_path, monkeypatch, old, new)


def test_nodes_that_wait_for_each_other_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = complaint(tmp_path, monkeypatch, "inside: 198.18.2.21}", "inside: 198.18.2.21, after: [lb1]}")
    assert said.startswith("small.yaml:")
    assert "lb1 waits for web1" in said
    assert "web1 waits for lb1" in said


def test_several_mistakes_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert complaint(tmp_path, monkeypatch, "title: Small", "titel: Small").endswith("(and 1 more)")


@pytest.mark.parametrize(
    ("text", "said"), [("", "the file is empty"), ("- a\n", "the file is not a mapping")]
)
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TopologyError, match=said):
        load(path)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TopologyError, match=r"none\.yaml: cannot be read: No such file"):
        load(tmp_path / "none.yaml")
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"title: \xff\n")
    with pytest.raises(TopologyError, match=r"byte 7 is not UTF-8"):
        load(binary)


def test_a_file_name_that_is_no_name_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "Not A Name.yaml"
    path.write_text(VALID, encoding="utf-8")
    with pytest.raises(TopologyError, match="'Not A Name' is not of the right form; start with a letter"):
        load(path)


def test_a_merge_patch_merges_replaces_and_removes() -> None:
    """The examples of RFC 7386 that matter here."""
    assert merged({"a": {"b": "c", "x": 1}}, {"a": {"b": "d"}}) == {"a": {"b": "d", "x": 1}}
    assert merged({"a": "b", "b": "c"}, {"a": None}) == {"b": "c"}
    assert merged({"a": ["b"]}, {"a": ["c", "d"]}) == {"a": ["c", "d"]}
    assert merged({}, {"a": {"bb": {"ccc": None}}}) == {"a": {"bb": {}}}
    assert merged({"a": "text"}, {"a": {"b": 1}}) == {"a": {"b": 1}}
