"""The suite finds what it claims to: a clean topology violates nothing, a defect exactly what it names.

A defect is judged against the chapters of the requirements that it names, by the ways of failing that it
needs; with `--full-matrix`, which takes much longer, against every requirement by every way.
"""

import json

import pytest

from conformance.case import Judgement, judged_again
from conformance.catalogue import catalogue, chapters
from conformance.plugin.ways import FIRST
from selftest.runs import ROOT, FinishedRun, run_suite
from topologies.defect import Defect, defect_names, load_defect
from topologies.loading import names

OUT = ROOT / "reports" / "out"


@pytest.mark.parametrize("topology", names())
def test_clean_topology_is_conformant(topology: str) -> None:
    """A reference topology keeps every promise that applies to it, and its files alone say the same again."""
    run = run_suite(OUT / topology, f"--topology={topology}", "--seed=1")

    assert (run.status, run.verdict["verdict"]) == (0, "conformant"), told(run)
    for folder in sorted((run.run_dir / "cases").iterdir()):
        content = json.loads((folder / "case.json").read_text(encoding="utf-8"))
        stored = [Judgement.model_validate(judgement) for judgement in content["judgements"]]
        assert judged_again(folder) == stored, f"{folder.name} is judged otherwise from its files alone"


@pytest.mark.parametrize("name", defect_names())
def test_defect_violates_exactly_what_it_names(name: str, pytestconfig: pytest.Config) -> None:
    """A defect turns the requirements that it names VIOLATED, and no others."""
    defect = load_defect(name)
    in_full = pytestconfig.getoption("--full-matrix")
    asked = set(chapters()) if in_full else chapters_of(defect)
    ways = () if in_full else (FIRST, *defect.shown_by)

    run = run_suite(
        OUT / "defects" / name,
        f"--defect={name}",
        "--seed=1",
        "--no-report",
        *(f"--chapter={one}" for one in sorted(asked)),
        *(f"--way={one}" for one in ways),
    )

    violated, unknown = run.with_verdict("VIOLATED"), run.with_verdict("UNKNOWN")
    note_in_matrix(name, declared=defect.violates, violated=violated, unknown=unknown)
    assert sorted(violated) == sorted(defect.violates), told(run)
    unproven = {identity for identity in unknown if catalogue()[identity].chapter in asked}
    assert unproven <= set(defect.blocks), told(run)


def chapters_of(defect: Defect) -> set[str]:
    """Return the chapters of the requirements that *defect* names."""
    return {catalogue()[identity].chapter for identity in (*defect.violates, *defect.blocks)}


def told(run: FinishedRun) -> str:
    """Return what a failed expectation should show."""
    lines = [
        f"{r['id']} {r['verdict']}: {r['reason']}"
        for r in run.verdict["requirements"]
        if r["verdict"] in {"VIOLATED", "UNKNOWN"}
    ]
    return "\n".join([f"exit status {run.status}; evidence in {run.run_dir}", *lines])


def note_in_matrix(
    name: str, *, declared: tuple[str, ...], violated: dict[str, str], unknown: dict[str, str]
) -> None:
    """Add a row to the matrix that `python -m topologies defects --matrix` prints."""
    path = OUT / "kill-matrix.json"
    matrix = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"defects": {}}
    matrix["defects"][name] = {
        "declared": sorted(declared),
        "violated": sorted(violated),
        "unknown": sorted(unknown),
    }
    path.write_text(json.dumps(matrix, indent=1, sort_keys=True) + "\n", encoding="utf-8")
