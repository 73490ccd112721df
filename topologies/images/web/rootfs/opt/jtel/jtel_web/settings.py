"""What the stand-in is told by /etc/jtel/web.toml."""

import dataclasses
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

PATH = Path("/etc/jtel/web.toml")
HTTP_PORT = 8080
HTTPS_PORT = 8443
METRICS_PORT = 9100


@dataclasses.dataclass(frozen=True)
class DatabaseSettings:
    """How a database is reached: by its alias, never by its address."""

    host: str
    port: int
    user: str
    password: str = dataclasses.field(repr=False)
    schema: str


@dataclasses.dataclass(frozen=True)
class StorageSettings:
    """How the share with the recordings is reached: by its alias, never by its address."""

    host: str
    share: str
    user: str
    password: str = dataclasses.field(repr=False)


@dataclasses.dataclass(frozen=True)
class Settings:
    """The whole file."""

    server: str
    """The name under which this server answers."""
    address: str
    sessions: Literal["database", "local"]
    tls: bool
    database: DatabaseSettings
    statistics: Mapping[str, DatabaseSettings]
    """Page of statistics -> the database that it is read from."""
    storage: StorageSettings | None = None
    """None: there are no recordings."""


def read_settings(path: Path = PATH) -> Settings:
    """Return what *path* says.

    Raises:
        ValueError: `sessions` is neither `database` nor `local`.
        KeyError: a setting is missing.
    """
    told = tomllib.loads(path.read_text())
    if told["sessions"] not in {"database", "local"}:
        raise ValueError(f"{path}: sessions is {told['sessions']!r}; take 'database' or 'local'")
    return Settings(
        server=told["server"],
        address=told["address"],
        sessions=told["sessions"],
        tls=told["tls"],
        database=DatabaseSettings(**told["database"]),
        statistics={page: DatabaseSettings(**entry) for page, entry in told["statistics"].items()},
        storage=StorageSettings(**told["storage"]) if "storage" in told else None,
    )
