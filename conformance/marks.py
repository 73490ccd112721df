"""The marks that tests carry."""

import pytest

disruptive = pytest.mark.disruptive


def requirement(identity: str) -> pytest.MarkDecorator:
    """Name the requirement that a test proves or refutes; title and promise come from the catalogue."""
    return pytest.mark.requirement(identity)
