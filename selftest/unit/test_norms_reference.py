"""The reference configurations keep what the documentation of their variants promises."""

from collections import defaultdict

import pytest

from conformance.norms import haproxy, health, keepalived, mariadb, routes
from conformance.norms.database_outage import Database, database_outage_norm
from conformance.norms.database_outage import Failure as LossOfDatabase
from conformance.norms.detection import Failure as LossOfServer
from conformance.norms.detection import detection
from conformance.norms.takeover import Failure as LossOfBalancer
from conformance.norms.takeover import return_norm, takeover_norm
from topologies.lab.rendering import render
from topologies.loading import load, names
from topologies.model import Role, Topology

HAPROXY = "/etc/haproxy/haproxy.cfg"
KEEPALIVED = "/etc/keepalived/keepalived.conf"
MARIADB = "/etc/mysql/my.cnf"
HEALTH = "/etc/jtel/health.toml"
BALANCED = [name for name in names() if getattr(load(name).database, "routes", None)]
"""The topologies whose balancer leads database sessions."""


def rendered(name: str, topology: Topology) -> dict[str, str]:
    """Return the configuration of a node by path."""
    secrets: dict[str, str] = defaultdict(lambda: "secret")
    return {file.path: file.content.decode() for file in render(name, topology, secrets)}


@pytest.mark.parametrize("topology", ["redundant", "redundant-lb"])
@pytest.mark.parametrize("failure", ["silent", "frozen", "refusing"])
def test_every_loss_of_a_web_server_is_noticed_in_time(topology: str, failure: LossOfServer) -> None:
    """By every balancer, for every web server."""
    told = load(topology)
    assert told.documented.detection_s is not None
    for balancer in told.with_role(Role.BALANCER):
        config = haproxy.parse(rendered(balancer, told)[HAPROXY])
        for server in told.with_role(Role.WEB):
            norm = detection(config, server, failure)
            assert norm.seconds <= told.documented.detection_s, norm.formula


@pytest.mark.parametrize("failure", ["silence", "goodbye", "process-death"])
def test_every_failure_of_a_balancer_is_taken_over_in_time(failure: LossOfBalancer) -> None:
    """Whichever of the two is active."""
    told = load("redundant-lb")
    assert told.documented.takeover_s is not None
    vip = told.virtual_ips["front"]
    one, other = (
        keepalived.parse(rendered(node, told)[KEEPALIVED]).holding(str(vip.address))
        for node in vip.candidates
    )
    for active, standby in ((one, other), (other, one)):
        norm = takeover_norm(failure, standby=standby, active=active)
        assert norm.seconds <= told.documented.takeover_s, norm.formula
        assert active.preempts is told.documented.preempt
        assert return_norm(active, standby).seconds == 0.0
    assert one.advert_s * 1000 == pytest.approx(told.documented.advert_ms)


def databases_of(topology: Topology) -> dict[str, Database]:
    """Return the configuration of every database server."""
    files = {name: rendered(name, topology) for name in topology.with_role(Role.DATABASE)}
    return {
        name: Database(mariadb.parse(file[MARIADB]), health.parse(file[HEALTH]))
        for name, file in files.items()
    }


@pytest.mark.parametrize("topology", BALANCED)
@pytest.mark.parametrize("failure", ["silent", "frozen", "refusing", "not-applying"])
def test_every_loss_of_a_database_is_made_good_in_time(topology: str, failure: LossOfDatabase) -> None:
    """For the sessions of every alias, whichever of its servers has them; the last one has no successor."""
    told = load(topology)
    assert told.database is not None
    assert told.documented.database_takeover_s is not None
    databases = databases_of(told)
    for balancer in told.with_role(Role.BALANCER):
        config = haproxy.parse(rendered(balancer, told)[HAPROXY])
        for alias, route in told.database.routes.items():
            assert routes.order(config, alias) == list(route.servers)
            for server in route.servers:
                norm = database_outage_norm(config, alias, server, failure, databases)
                assert norm.seconds <= told.documented.database_takeover_s, norm.formula


@pytest.mark.parametrize("topology", BALANCED)
def test_sessions_of_the_master_stay_where_they_are(topology: str) -> None:
    """A master that took over keeps them when the first one returns; slaves get theirs back."""
    told = load(topology)
    for balancer in told.with_role(Role.BALANCER):
        config = haproxy.parse(rendered(balancer, told)[HAPROXY])
        assert routes.in_service(config, "acd-dbm", ["dbm1", "dbm2"], holder="dbm2") == ["dbm2"]
        assert not routes.redispatches(config, "acd-dbm")
        assert routes.in_service(config, "acd-dbs", ["dbs1", "dbs2"], holder="dbs2") == ["dbs1"]


@pytest.mark.parametrize("topology", BALANCED)
def test_a_write_waits_for_the_other_master_where_that_is_documented(topology: str) -> None:
    """And every server replicates everything."""
    told = load(topology)
    assert told.database is not None
    for name, database in databases_of(told).items():
        semi_synchronous = told.database.replication == "semi-synchronous" and database.health.writer
        assert database.server.waits_for_replica is semi_synchronous, name
        assert database.server.read_only is not database.health.writer, name
        assert not database.server.left_out, name
        assert database.server.sync_binlog == 1, name
