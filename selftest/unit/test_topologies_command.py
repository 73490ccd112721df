"""`python -m topologies`: exit status, one sentence for errors, pictures and tables. No engine is asked."""

import json
from pathlib import Path

import pytest

from topologies.__main__ import main
from topologies.defect import defect_names
from topologies.loading import names


def test_an_unknown_topology_is_one_sentence_and_status_4(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draw", "nonsense", "--no-live"]) == 4
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"unknown topology 'nonsense'; known topologies: {', '.join(names())}\n"


@pytest.mark.parametrize("arguments", [["up"], ["drow"], ["draw", "simple", "--colour"]])
def test_a_wrong_command_line_is_one_sentence_and_status_4(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 4
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.endswith("See python -m topologies --help.\n")


def test_a_defect_of_another_topology_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["up", "simple", "--defect", "no-health-checks"]) == 4
    assert "stands on 'redundant', not 'simple'" in capsys.readouterr().err


def test_without_a_command_it_says_what_it_can_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "draw" in capsys.readouterr().out


def test_a_drawing_goes_to_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "simple.svg"
    assert main(["draw", "simple", "--no-live", "--output", str(picture)]) == 0
    assert picture.read_text(encoding="utf-8").startswith("<svg ")
    assert main(["draw", "simple", "--no-live", "--output", str(tmp_path)]) == 4
    assert "cannot be written: Is a directory" in capsys.readouterr().err


def test_all_defects_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["defects"]) == 0
    said = capsys.readouterr().out
    for name in defect_names():
        assert name in said


def test_the_kill_matrix_tells_noticed_missed_and_false_alarm(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    matrix = {
        "no-checks": {"declared": ["WEB-5"], "violated": ["WEB-5"], "unknown": []},
        "unnoticed": {"declared": ["WEB-10"], "violated": ["WEB-5"], "unknown": ["SEC-1"]},
    }
    path = tmp_path / "matrix.json"
    path.write_text(json.dumps({"defects": matrix}), encoding="utf-8")
    assert main(["defects", "--matrix", str(path)]) == 0
    rows = {
        line.split()[0]: line.split()[1:] for line in capsys.readouterr().out.splitlines() if line.strip()
    }
    assert rows["no-checks"] == ["·", "x", "·", "exact"]
    assert rows["unnoticed"] == ["?", "!", "o", "differs"]


def test_a_file_that_is_no_kill_matrix_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "matrix.json"
    path.write_text("[]", encoding="utf-8")
    assert main(["defects", "--matrix", str(path)]) == 4
    assert "is no kill matrix" in capsys.readouterr().err
