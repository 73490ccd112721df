"""Server aliases: resolved inside the system, leading where the variant documents."""

import signal
from concurrent.futures import ThreadPoolExecutor

from chaos.injection import injected
from chaos.name_service_loss import NameServiceLoss
from conformance.case import Case
from conformance.checkers.aliases import AliasLeadsTo, AliasResolvesFrom, AliasServedBy
from conformance.checkers.identity import AnsweredByKnownServer
from conformance.expected import documented
from conformance.marks import disruptive, requirement
from conformance.plugin.fixtures import Judge, OpenCase
from conformance.probes.probe import HttpProbe, NewSessionProbe, Probe
from conformance.probes.running import running
from conformance.scenarios.recording import until_ready
from conformance.wire import mac_of
from topologies.lab import Lab
from topologies.model import Role, Topology

DATABASE = "acd-dbm"
LOOK_UP = """
for alias in "$@"; do
    address=$(getent -s hosts:files ahostsv4 "$alias" | awk 'NR == 1 {print $1}')
    source=hosts
    if [ -z "$address" ]; then
        address=$(timeout 2 getent ahostsv4 "$alias" | awk 'NR == 1 {print $1}')
        source=dns
    fi
    echo "$alias ${address:--} $source"
done
"""


@requirement("ALI-1")
def test_aliases_are_resolved_inside_the_system(system: Lab, open_case: OpenCase, judge: Judge) -> None:
    """Every node knows every server alias by itself, without asking DNS."""
    told = documented(system.topology, system.defect)
    with open_case("where aliases are resolved") as case:
        _record_addresses(system, case, told)

        judge(case, AliasResolvesFrom(expected={node: tuple(told.alias_names()) for node in told.nodes}))


@requirement("ALI-1")
@disruptive
def test_all_paths_work_with_every_dns_server_dead(system: Lab, open_case: OpenCase, judge: Judge) -> None:
    """With every DNS server dead all paths still work, also for programs that start meanwhile."""
    webs = tuple(system.topology.with_role(Role.WEB))
    probes: list[Probe] = [
        HttpProbe(name="http", interval_ms=20),
        NewSessionProbe(name="login", interval_ms=20),
    ]
    fault = NameServiceLoss(tuple(system.topology.nodes))
    with open_case("every path without DNS", fault="loss of DNS") as case:
        with injected(fault, system, case.recorder.record):
            _restart_and_see_its_database(system, case, webs[0])
            with running(probes, system, case.recorder, need_service=False) as at_work:
                at_work.watch(1.5)
        until_ready(system, *webs)

        paths = {"http": "http", "a login (alias acd-dbm)": "login"}
        judge(
            case,
            AnsweredByKnownServer(probes=paths, servers=webs),
            AliasServedBy(expected={DATABASE: (system.topology.aliases[DATABASE],)}),
        )


def _restart_and_see_its_database(system: Lab, case: Case, server: str) -> None:
    """Restart a web server, which has to look its database up then, and record whether it finds it."""
    system.signal(server, "jtel-web", signal.SIGKILL)
    system.start_service(server, "jtel-web")
    found = system.nodes[server].run("/usr/local/sbin/ready", "3").status == 0
    value = {"alias": DATABASE, "provider": system.topology.aliases[DATABASE] if found else None}
    case.observed("served-by", at_ns=system.now_ns(), node=server, value=value)


@requirement("ALI-2")
def test_aliases_lead_to_the_active_provider(system: Lab, open_case: OpenCase, judge: Judge) -> None:
    """Each alias leads to exactly the node, or the virtual IP, that the variant documents."""
    told = documented(system.topology, system.defect)
    expected = {
        node: {alias: str(told.resolve(alias, seen_from=node)) for alias in told.alias_names()}
        for node in told.nodes
    }
    with open_case("where aliases lead") as case:
        _record_addresses(system, case, told)
        _record_providers(system, case, told)

        judge(case, AliasLeadsTo(expected=expected), AliasServedBy(expected=_providers(told)))


def _record_addresses(system: Lab, case: Case, told: Topology) -> None:
    """Record what each node makes of each alias."""
    with ThreadPoolExecutor() as pool:
        asked = {
            node: pool.submit(
                system.nodes[node].must_run, "sh", "-c", LOOK_UP, "look-up", *told.alias_names(), timeout_s=30
            )
            for node in told.nodes
        }
    for node, answer in asked.items():
        for line in answer.result().splitlines():
            alias, address, source = line.split()
            known = address != "-"
            value = {
                "alias": alias,
                "address": address if known else None,
                "source": source if known else "none",
            }
            case.observed("resolve", at_ns=system.now_ns(), node=node, value=value)


def _providers(told: Topology) -> dict[str, tuple[str, ...]]:
    """Return which nodes may answer behind each alias that is not a node's own name."""
    carried = {alias: vip.candidates for vip in told.virtual_ips.values() for alias in vip.carries}
    return {**carried, **{alias: (node,) for alias, node in told.aliases.items()}}


def _record_providers(system: Lab, case: Case, told: Topology) -> None:
    """Record whose MAC address answers behind each alias, asked by a node that shares its network."""
    owner_of = {
        mac_of(system, name, network): name
        for name, spec in system.topology.nodes.items()
        for network in spec.addresses
    }
    for alias, providers in _providers(told).items():
        for asking, spec in system.topology.nodes.items():
            address = system.topology.resolve(alias, seen_from=asking)
            if asking in providers or not any(address in system.topology.networks[n] for n in spec.addresses):
                continue
            macs = system.arp_answers(asking, str(address))
            nodes = {owner_of.get(mac, mac) for mac in macs}
            value = {"alias": alias, "provider": nodes.pop() if len(nodes) == 1 else None}
            case.observed("served-by", at_ns=system.now_ns(), node=asking, value=value)
            break
