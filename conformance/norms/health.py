"""The rules by which a database server judges itself, as found in its health.toml.

The balancer asks the server's health program, not the database, so the norms of some failures begin with what
the program tolerates.
"""

import tomllib

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from topologies.errors import UsageError

FILE = "health.toml"


class Health(BaseModel):
    """What the program tolerates, in seconds."""

    model_config = ConfigDict(frozen=True, strict=True)

    writer: bool
    """The server may be the active master."""
    sources: tuple[str, ...] = Field(default=(), strict=False)
    """The servers from which it has to replicate."""
    max_lag_s: float
    """Older data than this are not served."""
    beat_s: float
    """A master writes its heartbeat so often."""
    max_beat_s: float
    """A master that could not write for so long takes no writes."""
    cut_off_s: float
    """Whoever was not asked for so long has to catch up anew."""


def parse(text: str) -> Health:
    """Read a health.toml.

    Raises:
        UsageError: it cannot be read, or lacks a rule; the message names it.
    """
    try:
        return Health.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{FILE}: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(f"{FILE}: {'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from error
