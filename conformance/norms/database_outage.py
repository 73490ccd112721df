"""How long the sessions of a database alias may be without service when one of its servers is lost.

The balancer asks a health program on the server. One that is gone, or stands still, does not answer; of any
other failure the program tells, once what it tolerates is exceeded. It answers in 0.2 s or not at all, with
what is at most 0.04 s old: together less than the balancer waits for a check, so that wait is what counts.

HAProxy 3.0 (*tried*, 3.0.11) never ends a session whose attempt at a server is under way when that server is
marked down with `shutdown-sessions`: its client hangs until it gives up by itself. That is the client's time,
and no part of the norm; whoever tries anew is led to the next server.
"""

import dataclasses
from collections.abc import Collection, Mapping
from typing import Final, Literal

from conformance.norms import mariadb, routes
from conformance.norms.detection import TURN_AROUND_S, checked, detection
from conformance.norms.haproxy import Configuration
from conformance.norms.health import Health
from conformance.norms.norm import Norm, Term, spoken
from topologies.databases import MASTER

Failure = Literal["silent", "frozen", "refusing", "lagging", "not-applying", "not-writing"]
"""silent: no power, cut off; frozen: the node or its database stands still; refusing: only the database died;
lagging: nothing new reaches it; not-applying: an applying thread stopped; not-writing: its disk is full."""

_WITHOUT_ACKNOWLEDGEMENT: Final = frozenset({"silent", "frozen", "refusing", "not-writing"})
"""After these the lost server cannot tell the other master that it has a write."""


@dataclasses.dataclass(frozen=True)
class Database:
    """The configuration of a database server, as found."""

    server: mariadb.Configuration
    health: Health


def database_outage_norm(  # noqa: PLR0913 -- the last ones are keyword-only
    config: Configuration,
    alias: str,
    server: str,
    failure: Failure,
    databases: Mapping[str, Database],
    *,
    kept: bool = True,
    lost: Collection[str] = (),
) -> Norm:
    """Return how long sessions of *alias*, which go to *server*, may be without service when it fails.

    kept: the client keeps its session and makes a new one once it ended; otherwise each time a new one.
    lost: servers that failed before.

    Raises:
        UsageError: there is no such proxy, or it has no such server.
    """
    tolerated, noticed = (
        _tolerated(databases[server].health, failure),
        _noticed(config, alias, server, failure),
    )
    left = [name for name in routes.order(config, alias) if name != server and name not in lost]
    following = routes.in_service(config, alias, left)
    if not following:
        return Norm.never(f"{alias} has no other server left that could take over from {server}")
    norm = tolerated.followed_by(noticed).followed_by(
        _served_again(config, alias, server, failure, kept=kept)
    )
    if alias != MASTER or failure not in _WITHOUT_ACKNOWLEDGEMENT:
        return norm
    waits = [write_wait_norm(databases[name]) for name in following]
    return norm.followed_by(max(waits, key=lambda wait: wait.seconds))


def write_wait_norm(master: Database) -> Norm:
    """Return how long a write to *master* may wait for the acknowledgement of another one that is lost."""
    if not master.server.waits_for_replica:
        return Norm(seconds=0.0, formula="asynchronous: a write waits for nobody")
    wait_s = master.server.acknowledgement_s
    return Norm.sum_of([Term(wait_s, f"rpl_semi_sync_master_timeout {spoken(wait_s)}")])


def _tolerated(health: Health, failure: Failure) -> Norm:
    """Return for how long the health program goes on calling the server usable."""
    if failure == "lagging" or (failure == "not-writing" and not health.writer):
        return Norm.sum_of([Term(health.max_lag_s, f"max_lag_s {spoken(health.max_lag_s)}")])
    if failure == "not-writing":
        return Norm.sum_of([Term(health.max_beat_s, f"max_beat_s {spoken(health.max_beat_s)}")])
    return Norm.sum_of([])


def _noticed(config: Configuration, alias: str, name: str, failure: Failure) -> Norm:
    proxy, server = checked(config, config.proxy(alias), name)
    if failure in {"silent", "frozen"}:
        return detection(config, name, failure, backend=alias)
    if failure == "refusing" and server.check_port == server.port:
        return detection(config, name, "refusing", backend=alias)
    if server.is_checked and proxy.check_option != "httpchk":
        return Norm.never(
            f"server {proxy.name}/{name} is checked without a question whether its database is usable"
        )
    return detection(config, name, "frozen", backend=alias)  # its "no" may take as long as a check may last


def _served_again(config: Configuration, alias: str, server: str, failure: Failure, *, kept: bool) -> Norm:
    """Return how long a client may wait for its next session once the server is marked down."""
    ends = routes.ends_sessions(config, alias, server)
    if kept and not ends and failure != "refusing":
        return Norm.never(
            f"server {alias}/{server} has no on-marked-down shutdown-sessions, so a session stays with it"
        )
    connect_s = config.proxy(alias).timeout_s("connect")
    if connect_s is None:
        return Norm.never(f"{alias} has no timeout connect, so an attempt may last for ever")
    tries = routes.attempts(config, alias)
    if not ends and failure == "silent":
        text = f"{tries} x timeout connect {spoken(connect_s)} (attempts under way)"
        return Norm.sum_of([Term(tries * connect_s, text)])
    if not ends and failure == "refusing":
        pause_s, pauses = min(connect_s, TURN_AROUND_S), max(1, tries - 1)
        text = f"{pauses} x pause before the next attempt {spoken(pause_s)}"
        return Norm.sum_of([Term(pauses * pause_s, text)])
    return Norm.sum_of([Term(connect_s, f"timeout connect {spoken(connect_s)} (next attempt)")])
