"""A case: one scenario, recorded once in a folder of its own, judged by any number of requirements.

    <run dir>/cases/<slug>/
        history.jsonl        what happened (conformance.history)
        case.json            title, fault, and every judgement: requirement, test, checks, results
        configs/<node>/...   native configuration as found on the node, from which the norms were computed
        *.svg, *.png, *.pcap pictures and captures

Whatever is concluded can be concluded again from this folder alone.
"""

import json
import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from conformance.checkers.check import Check, restored
from conformance.history import History
from conformance.probes.recorder import Recorder
from conformance.verdict import CheckResult
from topologies.errors import UsageError


class Judgement(BaseModel):
    """What one test concluded about one requirement."""

    model_config = ConfigDict(frozen=True, ser_json_inf_nan="strings")
    requirement: str
    test: str
    checks: tuple[dict[str, Any], ...] = ()
    """The checks in the form of `Check.stored`."""
    results: tuple[CheckResult, ...] = ()
    trouble: str | None = None
    """Why nothing could be concluded, where that is so."""
    broken: bool = False
    """The trouble is the suite's own: an error that it does not know."""


class Case:
    """The record of one scenario while it is made, and afterwards."""

    def __init__(self, cases: Path, title: str, *, fault: str | None = None, pcap: bool = False) -> None:
        self.title = title
        self.pcap = pcap
        """Whether the client's wire is to be captured too."""
        self.fault = fault
        self.folder = _new_folder(cases, title)
        self.opened_at = time.time()
        self.recorder = Recorder(self.folder / "history.jsonl")
        self._judgements: list[Judgement] = []
        self._write()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self.recorder.close()

    @property
    def judgements(self) -> Sequence[Judgement]:
        """What was concluded from the case so far."""
        return tuple(self._judgements)

    def observed(self, what: str, *, at_ns: int, node: str, value: object) -> None:
        """Record a fact that a test looked up."""
        self.recorder.record({"t": "observed", "at_ns": at_ns, "what": what, "node": node, "value": value})

    def keep_config(self, node: str, path: str, text: str) -> None:
        """Keep a configuration file as found."""
        target = self.folder / "configs" / node / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def history(self) -> History:
        """Return what was recorded so far."""
        return self.recorder.history()

    def judge(self, requirement: str, test: str, checks: Sequence[Check]) -> Judgement:
        """Judge the record and keep the judgement beside it."""
        history = self.history()
        judgement = Judgement(
            requirement=requirement,
            test=test,
            checks=tuple(check.stored() for check in checks),
            results=tuple(check.judge(history) for check in checks),
        )
        self._judgements.append(judgement)
        self._write()
        return judgement

    def in_trouble(self, judgement: Judgement) -> None:
        """Keep a judgement that could not be reached."""
        self._judgements.append(judgement)
        self._write()

    def _write(self) -> None:
        content = {
            "title": self.title,
            "fault": self.fault,
            "judgements": [judgement.model_dump(mode="json") for judgement in self._judgements],
        }
        whole = self.folder / "case.json.new"
        whole.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        whole.replace(self.folder / "case.json")


def judged_again(folder: Path) -> list[Judgement]:
    """Evaluate the checks of a stored case again, from its files alone.

    Raises:
        UsageError: the folder holds no readable case.
    """
    try:
        content: Mapping[str, Any] = json.loads((folder / "case.json").read_text(encoding="utf-8"))
        stored = [Judgement.model_validate(judgement) for judgement in content["judgements"]]
        checks = [[restored(dict(check)) for check in judgement.checks] for judgement in stored]
        history = History.read(folder / "history.jsonl") if any(checks) else History(())
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(
            f"{folder}: not a readable case ({error}); give the run directory of a run of this version"
        ) from error
    return [
        judgement.model_copy(update={"results": tuple(check.judge(history) for check in mine)})
        for judgement, mine in zip(stored, checks, strict=True)
    ]


def _new_folder(cases: Path, title: str) -> Path:
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:80]
    number = 1
    while True:
        folder = cases / (slug if number == 1 else f"{slug}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            number += 1
        else:
            return folder


def stamp() -> str:
    """Return the wall-clock time for people, in UTC."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
