"""What the program is told by /etc/jtel/health.toml."""

import dataclasses
import tomllib
from pathlib import Path

PATH = Path("/etc/jtel/health.toml")
PORT = 9200


@dataclasses.dataclass(frozen=True)
class Settings:
    """The whole file; times in seconds."""

    server: str
    """The name under which this server writes its heartbeat."""
    address: str
    writer: bool
    """Whether it is a master: it may be the active one, and writes heartbeats."""
    read_only: bool
    """Whether it has to refuse writes."""
    sources: tuple[str, ...]
    """The servers from which it replicates."""
    max_lag_s: float
    beat_s: float
    max_beat_s: float
    cut_off_s: float


def read_settings(path: Path = PATH) -> Settings:
    """Return what *path* says.

    Raises:
        TypeError: a setting is missing, or is not known.
    """
    told = tomllib.loads(path.read_text())
    return Settings(**{**told, "sources": tuple(told["sources"])})
