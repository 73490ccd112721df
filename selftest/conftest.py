"""What the suite's own proof can be told."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that makes `make nightly` more than `make test`."""
    parser.addoption(
        "--full-matrix",
        action="store_true",
        help="judge every defect against all requirements by every way of failing, not only by what it names",
    )
