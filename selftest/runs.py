"""Running the suite on itself: a whole conformance run in a process of its own, as a user would start it."""

import dataclasses
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


@dataclasses.dataclass(frozen=True)
class FinishedRun:
    """A run that ended."""

    status: int
    output: str
    run_dir: Path

    @property
    def verdict(self) -> Mapping[str, Any]:
        """The content of its `verdict.json`."""
        content: Mapping[str, Any] = json.loads((self.run_dir / "verdict.json").read_text(encoding="utf-8"))
        return content

    def with_verdict(self, verdict: str) -> dict[str, str]:
        """Return the reason of every requirement that has *verdict*, by id."""
        return {r["id"]: r["reason"] for r in self.verdict["requirements"] if r["verdict"] == verdict}


def run_suite(run_dir: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> FinishedRun:
    """Run `pytest conformance/` with *arguments*; 15 minutes are our patience."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "conformance", "-q", f"--run-dir={run_dir}", *arguments],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=900,
        check=False,
    )
    return FinishedRun(done.returncode, done.stdout, run_dir)
