"""`python -m chaos`, as far as it needs no lab."""

from typer.testing import CliRunner

from chaos.__main__ import app
from chaos.registry import FAULTS


def test_every_fault_is_listed_with_a_sentence() -> None:
    listed = CliRunner().invoke(app, ["list"]).output.splitlines()
    assert [line.split()[0] for line in listed] == list(FAULTS)
    assert all(len(line.split()) > 4 for line in listed)


def test_a_fault_needs_a_lab() -> None:
    assert CliRunner().invoke(app, ["inject", "freeze", "lb1"]).exit_code == 2
