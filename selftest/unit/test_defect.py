"""Defects: overlays that must fit, and say so when they no longer do."""

from pathlib import Path
from typing import Any

import pytest

from topologies import defect as defects
from topologies.defect import Defect, defect_names, load_defect
from topologies.errors import DefectError

VALID = """\
title: No health checks
topology: redundant-lb
violates: [WEB-5]
why: A frozen web server keeps being asked.
edits:
  - {node: "lb*", file: /etc/haproxy/haproxy.cfg, find: "^ *option httpchk.*\\n", replace: ""}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder for defects, which is also the current one."""
    monkeypatch.setattr(defects, "FOLDER", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def made(**fields: Any) -> Defect:
    return Defect.model_validate(
        {
            "name": "made",
            "title": "t",
            "topology": "redundant-lb",
            "violates": ["WEB-5"],
            "why": "w",
            **fields,
        }
    )


def edit(**fields: str) -> dict[str, str]:
    return {"node": "lb*", "file": "/etc/a.cfg", "find": "^inter (.*)$", "replace": "slow \\1", **fields}


@pytest.mark.parametrize("name", defect_names())
def test_every_defect_that_is_declared_fits_its_topology(name: str) -> None:
    assert load_defect(name).violates


def test_a_defect_is_loaded_by_its_file_name(folder: Path) -> None:
    (folder / "no-checks.yaml").write_text(VALID, encoding="utf-8")
    defect = load_defect("no-checks")
    assert (defect.name, defect.violates, defect.blocks) == ("no-checks", ("WEB-5",), ())
    assert defect.shown_by == ()
    assert defect_names() == ["no-checks"]


def test_a_defect_may_name_the_ways_of_failing_that_show_it(folder: Path) -> None:
    text = VALID.replace("why:", "shown-by: [freeze, crash-of-the-second]\nwhy:")
    (folder / "no-checks.yaml").write_text(text, encoding="utf-8")
    assert load_defect("no-checks").shown_by == ("freeze", "crash-of-the-second")


def test_an_unknown_defect_is_answered_with_the_closest_one(folder: Path) -> None:
    (folder / "no-checks.yaml").write_text(VALID, encoding="utf-8")
    with pytest.raises(
        DefectError, match=r"unknown defect 'no-check'; did you mean 'no-checks'\? known defects"
    ):
        load_defect("no-check")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("violates: [WEB-5]", "violates: []", "broken.yaml:3: violates: .* too few entries; give at least 1"),
        (
            "violates: [WEB-5]",
            "violates: [web5]",
            r"broken.yaml:3: violates\[0\]: 'web5' is not of the right form",
        ),
        ("why:", "wy:", "broken.yaml:4: wy: unknown key; did you mean 'why'"),
        ("why:", "shown_by: []\nwhy:", "broken.yaml:4: shown_by: unknown key; did you mean 'shown-by'"),
        ("why:", "shown-by: [Freeze]\nwhy:", r"broken.yaml:4: shown-by\[0\]: 'Freeze' is not of the right"),
        (
            "redundant-lb",
            "redundant-bl",
            "broken.yaml:2: topology: unknown topology .* did you mean 'redundant-lb'",
        ),
        ('find: "^', 'find: "(', r"broken.yaml:6: edits\[0\].find: .* is not a regular expression"),
        ("file: /etc", "file: etc", r"broken.yaml:6: edits\[0\].file: .* it has to match \^/"),
        (
            '"lb*"',
            '"lbx*"',
            r"broken.yaml:6: edits\[0\]: defect 'broken' no longer fits: 'lbx\*' names no node",
        ),
        ("edits:", "blocks: [WEB-5]\nedits:", "broken.yaml:5: blocks: WEB-5 is also in `violates`"),
        (
            "edits:",
            "patch: {nodes: {web1: {rol: x}}}\nedits:",
            "broken.yaml:5: nodes.web1.rol: neither a key",
        ),
        ("edits:", "patch: {nodes: {dbm1: null}}\nedits:", "no longer fits: .*unknown node 'dbm1'"),
    ],
)
def test_a_mistake_is_named_with_its_line(folder: Path, old: str, new: str, said: str) -> None:
    assert old in VALID
    (folder / "broken.yaml").write_text(VALID.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DefectError, match=said):
        load_defect("broken")


def test_a_defect_that_changes_nothing_is_refused(folder: Path) -> None:
    (folder / "idle.yaml").write_text(VALID.partition("edits:")[0], encoding="utf-8")
    with pytest.raises(DefectError, match="the defect changes nothing"):
        load_defect("idle")


def test_the_patch_changes_the_topology_before_it_is_validated() -> None:
    patched = made(patch={"nodes": {"web2": {"user": "198.18.1.22"}}, "documented": {"takeover_s": None}})
    topology = patched.topology_with_patch()
    assert list(topology.nodes["web2"].addresses) == ["user", "inside"]  # in the order of `networks`
    assert topology.documented.takeover_s is None
    assert topology.documented.advert_ms == 100
    assert topology.name == "redundant-lb"


def test_an_edit_changes_every_match_on_the_nodes_that_it_names() -> None:
    defect = made(edits=[edit()])
    text = "a\ninter 1\ninter 2\n"
    assert defect.edited("lb2", "/etc/a.cfg", text) == "a\nslow 1\nslow 2\n"
    assert defect.edited("web1", "/etc/a.cfg", text) == text
    assert defect.edited("lb2", "/etc/b.cfg", text) == text


def test_edits_are_applied_one_after_the_other() -> None:
    defect = made(edits=[edit(), edit(find="slow", replace="never")])
    assert defect.edited("lb1", "/etc/a.cfg", "inter 1") == "never 1"


def test_an_edit_that_matches_nowhere_no_longer_fits() -> None:
    with pytest.raises(DefectError, match=r"'made' no longer fits: .* matches nowhere in /etc/a.cfg of lb1"):
        made(edits=[edit()]).edited("lb1", "/etc/a.cfg", "something else")


def test_an_edit_of_a_file_that_is_not_there_no_longer_fits() -> None:
    defect = made(edits=[edit()])
    defect.must_fit({"lb1": ["/etc/a.cfg"], "lb2": ["/etc/a.cfg"], "web1": []})
    with pytest.raises(DefectError, match=r"lb2 has no file '/etc/a.cfg'; did you mean '/etc/a.conf'\?"):
        defect.must_fit({"lb1": ["/etc/a.cfg"], "lb2": ["/etc/a.conf"]})


@pytest.mark.parametrize("replace", ["\\2", "\\g<name>"])
def test_a_replacement_without_its_group_is_an_error_of_the_defect(replace: str) -> None:
    with pytest.raises(DefectError, match="does not fit"):
        made(edits=[edit(replace=replace)]).edited("lb1", "/etc/a.cfg", "inter 1")
