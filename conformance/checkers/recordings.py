"""Recordings as users hear them."""

from typing import ClassVar

from conformance.checkers.check import Check
from conformance.checkers.facts import decided, observed
from conformance.checkers.findings import many
from conformance.history import History, Line
from conformance.verdict import CheckResult

PLAYED, KEPT = 200, 201


class RecordingsPlayed(Check):
    """Every recording is played by every web server, whoever made it, and is the same everywhere.

    Reads `observed` lines "recording-kept" (node: the web server that was to keep it; value: file, status or
    error, sha256 of what was left there) and "recording-played" (node: the web server that was to play it;
    value: file, writer, status or error, server: who answered, sha256 of what it played).
    """

    title: ClassVar[str] = "recordings are played everywhere"
    writers: tuple[str, ...]
    """Nodes of which there have to be recordings."""
    players: tuple[str, ...]
    """The web servers."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        kept, played = observed(history, "recording-kept"), observed(history, "recording-played")
        wrong = [
            f"{line['node']} did not keep a recording: {_word(line)}"
            for line in kept
            if line["value"].get("status") != KEPT
        ]
        wrong += [
            f"{line['node']} did not play {line['value']['file']} of {line['value']['writer']}: {_word(line)}"
            for line in played
            if line["value"].get("status") != PLAYED
        ]
        contents: dict[str, set[str]] = {}
        for line in (*kept, *played):
            if line["value"].get("status") in {KEPT, PLAYED}:
                contents.setdefault(line["value"]["file"], set()).add(line["value"]["sha256"])
        wrong += [f"{name} is not the same everywhere" for name, sums in contents.items() if len(sums) > 1]
        good = f"{many(len(contents), 'recording')} played by {many(len(self.players), 'web server')}"
        return decided(self, violations=wrong, doubts=self._doubts(played), good=good)

    def _doubts(self, played: list[Line]) -> list[str]:
        made = {line["value"]["writer"] for line in played}
        doubts = [f"there was no recording of {node}" for node in self.writers if node not in made]
        for player in self.players:
            own = [line for line in played if line["node"] == player]
            if {line["value"]["file"] for line in own} != {
                line["value"]["file"] for line in played
            } or not own:
                doubts.append(f"{player} was not asked for every recording")
            others = {line["value"].get("server") for line in own if "status" in line["value"]} - {player}
            if others:
                doubts.append(f"{', '.join(map(str, sorted(others, key=str)))} answered instead of {player}")
        if not self.players or not self.writers:
            doubts.append("nobody was to be asked")
        return doubts


def _word(line: Line) -> str:
    return line["value"].get("error") or f"http {line['value']['status']}"
