"""A run: every judgement about one topology, and the verdict that they add up to."""

import dataclasses
import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from conformance.case import Judgement, stamp
from conformance.catalogue import Requirement, catalogue
from conformance.verdict import CheckResult, RequirementResult, RunOutcome, RunVerdict, Verdict, worst
from conformance.ways import WaysTried, keep
from topologies.model import Topology

VERSION: str = tomllib.loads(
    (Path(__file__).resolve().parents[1] / "pyproject.toml").read_text(encoding="utf-8")
)["project"]["version"]


TOPOLOGY = "topology.json"
"""The topology as it was judged, a defect's patch included, so that a stored run needs nothing else."""


@dataclasses.dataclass
class Run:
    """What is known about one topology so far."""

    topology: Topology
    run_dir: Path
    seed: int
    defect: str | None = None
    started_at: str = dataclasses.field(default_factory=stamp)
    environment: dict[str, Any] = dataclasses.field(default_factory=dict)
    judgements: list[tuple[Judgement, str]] = dataclasses.field(default_factory=list)
    """Each with the folder of its case, relative to the run directory."""
    lost: str | None = None
    """Why the lab could not be had, where that is so."""
    ways: Mapping[str, WaysTried] = dataclasses.field(default_factory=dict)
    """The requirements that are not tried in every way of failing, by id."""

    @property
    def cases(self) -> Path:
        """Return the folder of the cases."""
        return self.run_dir / "cases"

    def add(self, judgement: Judgement, folder: Path | None) -> None:
        """Keep a judgement."""
        self.judgements.append((judgement, str(folder.relative_to(self.run_dir)) if folder else ""))

    def verdict(self) -> RunVerdict:
        """Return what the run says as of now."""
        requirements = tuple(self._requirement(requirement) for requirement in catalogue().values())
        return RunVerdict(
            suite_version=VERSION,
            topology=self.topology.name,
            defect=self.defect,
            seed=self.seed,
            started_at=self.started_at,
            ended_at=stamp(),
            environment=self.environment,
            verdict=self._outcome(requirements),
            requirements=requirements,
        )

    def write(self) -> RunVerdict:
        """Write `verdict.json`, and what was judged beside it; return the verdict."""
        verdict = self.verdict()
        write_verdict(verdict, self.run_dir)
        keep(self.ways, self.run_dir)
        declared = self.topology.model_dump_json(by_alias=True, indent=1)
        (self.run_dir / TOPOLOGY).write_text(declared + "\n", encoding="utf-8")
        return verdict

    def _outcome(self, requirements: Sequence[RequirementResult]) -> RunOutcome:
        if any(r.verdict is Verdict.VIOLATED and r.level == "must" for r in requirements):
            return RunOutcome.VIOLATED
        if self.lost or any(judgement.broken for judgement, _ in self.judgements):
            return RunOutcome.FAILED
        if any(
            r.level == "must" and (r.verdict is Verdict.UNKNOWN or r.id in self.ways) for r in requirements
        ):
            return RunOutcome.PARTIAL
        return RunOutcome.CONFORMANT

    def _requirement(self, requirement: Requirement) -> RequirementResult:
        common: dict[str, Any] = {
            "id": requirement.id,
            "title": {"de": requirement.title.de, "en": requirement.title.en},
            "level": requirement.level,
        }
        applicability = requirement.applies_to(self.topology)
        if not applicability.applies:
            return RequirementResult(**common, verdict=Verdict.NOT_APPLICABLE, reason=applicability.reason)
        mine = [
            (judgement, folder)
            for judgement, folder in self.judgements
            if judgement.requirement == requirement.id
        ]
        results = [result for judgement, _ in mine for result in judgement.results]
        troubles = [judgement.trouble for judgement, _ in mine if judgement.trouble]
        verdict = worst([*(result.verdict for result in results), *(Verdict.UNKNOWN for _ in troubles)])
        reason = _reason(verdict, results, troubles, lost=self.lost)
        return RequirementResult(
            **common,
            verdict=verdict,
            reason=f"{reason}; {self.ways[requirement.id]}" if requirement.id in self.ways else reason,
            checks=tuple(results),
            outages=tuple(outage for result in results for outage in result.outages),
            evidence=_evidence(verdict, mine),
        )


def _evidence(verdict: Verdict, judged: Sequence[tuple[Judgement, str]]) -> tuple[str, ...]:
    """Return the folder of every case, those that decided the verdict first."""

    def decided(judgement: Judgement) -> bool:
        said = [
            *(result.verdict for result in judgement.results),
            *([Verdict.UNKNOWN] * bool(judgement.trouble)),
        ]
        return verdict in said

    by_weight = sorted(judged, key=lambda one: not decided(one[0]))
    return tuple(dict.fromkeys(folder for _, folder in by_weight if folder))


def _reason(
    verdict: Verdict, results: Sequence[CheckResult], troubles: Iterable[str], *, lost: str | None
) -> str:
    if not results and lost:
        return lost
    if verdict is Verdict.HOLDS:
        return f"{len(results)} checks hold"
    told = [f"{result.name}: {result.reason}" for result in results if result.verdict is verdict]
    if verdict is Verdict.UNKNOWN:
        told += list(troubles)
    return "; ".join(dict.fromkeys(told)) or "no test of it was run"


def write_verdict(verdict: RunVerdict, run_dir: Path) -> None:
    """Write `verdict.json` whole or not at all."""
    run_dir.mkdir(parents=True, exist_ok=True)
    whole = run_dir / "verdict.json.new"
    whole.write_text(
        json.dumps(verdict.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    whole.replace(run_dir / "verdict.json")
