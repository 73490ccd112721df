"""A crafted run directory: the files that a real run of `redundant-lb` leaves, small and always the same."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from reports.timeline import draw
from selftest.samples.allure_results import write_result
from selftest.samples.histories import Scene

TITLES = {
    "ALI-1": ("Aliase unabhängig vom DNS", "Aliases do not depend on DNS"),
    "WEB-1": ("Zugriff über den Load-Balancer", "Access through the load balancer"),
    "WEB-5": ("Ausgefallener Web-Server erhält keine Sessions", "A dead web server gets no sessions"),
    "WEB-8": ("Genau ein aktiver Load-Balancer", "Exactly one active balancer"),
    "WEB-9": ("Übernahme der virtuellen IP", "Takeover of the virtual IP"),
    "WEB-10": ("Rückkehr ohne zweite Störung", "Return without a second outage"),
    "SIP-1": ("Anbindung 1:1", "One-to-one trunk"),
    "DB-1": ("Ein Master", "One master"),
}
VRRP = "3 x advert_int 100 ms + skew (256 - 100) / 256 x 100 ms + 100 ms"
DRAWING = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 260" font-family="sans-serif">
<rect width="900" height="260" fill="#fff"/><g fill="#eef3f8" stroke="#0072b2" stroke-width="2">
<rect x="20" y="105" width="130" height="50" rx="6"/><rect x="270" y="40" width="150" height="50" rx="6"/>
<rect x="270" y="170" width="150" height="50" rx="6"/><rect x="540" y="40" width="130" height="50" rx="6"/>
<rect x="540" y="170" width="130" height="50" rx="6"/><rect x="750" y="105" width="130" height="50"/></g>
<g stroke="#7a8794" stroke-width="2"><path d="M150 130H210V65H270M210 130V195H270M420 65H540M420 195H540
M480 65V195M670 65H710V130H750M670 195H710V130" fill="none"/></g><g text-anchor="middle" fill="#1d2733">
<text x="85" y="135">client</text><text x="345" y="70">lb1  owner</text><text x="345" y="200">lb2</text>
<text x="605" y="70">web1</text><text x="605" y="200">web2</text><text x="815" y="135">db</text>
<text x="210" y="30">acd-lb 198.18.1.100</text></g></svg>
"""


def write_run(  # noqa: PLR0913 -- whatever tells one run from another
    run_dir: Path,
    *,
    topology: str = "redundant-lb",
    slow_standby: bool = False,
    allure_dir: Path | None = None,
    drawn: bool = False,
    repeats: int = 1,
) -> dict[str, Any]:
    """Write a run directory and return its verdict; *slow_standby*: WEB-9 violated, WEB-10 unknown.

    Of *repeats* the first has the longest outage, each further one a shorter one; a web server and the other
    one fail in turns. Timelines cost time: unless *drawn*, an empty picture stands in for each, and always
    for a repeat.
    """
    power = Scene(outage_s=3.2, healed_s=5, until_s=7) if slow_standby else Scene()
    cases = [
        (power, "power loss", "lb1", ("http", "https"), "WEB-9", 0.461),
        (Scene(fault="freeze", outage_s=0.31, seed=8), "freeze", "lb1", ("http", "https"), "WEB-9", 0.461),
        (
            Scene(
                fault="crash of haproxy", node="web1", outage_s=0.6, owner_moves=False, probes=("session",)
            ),
            "crash of jtel-web",
            "web1",
            ("session",),
            "WEB-5",
            0.95,
        ),
    ]
    results: dict[str, list[dict[str, Any]]] = {identity: [] for identity in TITLES}
    evidence: dict[str, list[str]] = {identity: [] for identity in TITLES}
    for number in range(1, repeats + 1):
        for scene, fault, node, probes, identity, norm_s in cases:
            outage_s = round(scene.outage_s * (1 - 0.6 * (number - 1) / repeats), 3)
            victim = "web2" if node == "web1" and number % 2 == 0 else node
            repeated = dataclasses.replace(scene, outage_s=outage_s, node=victim)
            title = f"{fault} of {victim}"
            checks = _takeover_checks(repeated, title, probes, norm_s)
            folder = run_dir / "cases" / (_slug(title) + (f"-{number}" if number > 1 else ""))
            test = f"conformance/test_web.py::test_it[{_slug(fault)}-{topology}-{number}]"
            judgement = {"requirement": identity, "test": test, "results": checks}
            _write_case(folder, repeated, title, judgement, drawn=drawn and number == 1)
            results[identity] += checks
            evidence[identity].append(str(folder.relative_to(run_dir)))
    for identity in ("ALI-1", "WEB-1", "WEB-8"):
        results[identity].append(_plain(identity))
    if not slow_standby:
        results["WEB-10"].append(_plain("WEB-10"))
    requirements = [_requirement(identity, results[identity], evidence[identity]) for identity in TITLES]
    verdict = {
        "suite_version": "0.1.0",
        "topology": topology,
        "target": None,
        "defect": "slow-advert" if slow_standby else None,
        "seed": 20_240_817,
        "started_at": "2024-08-17T09:30:00Z",
        "ended_at": "2024-08-17T09:31:12Z",
        "environment": {
            "engine": "Docker 20.10.24, cgroup v1",
            "kernel": "6.1.0-18-amd64",
            "nodes": {
                "lb1": {"haproxy": "3.0.11", "keepalived": "2.3.3"},
                "lb2": {"haproxy": "3.0.11", "keepalived": "2.3.3"},
                "db": {"mariadb": "11.8.2"},
            },
        },
        "verdict": "violated" if slow_standby else "conformant",
        "requirements": requirements,
    }
    run_dir.mkdir(parents=True, exist_ok=True)
    (run_dir / "verdict.json").write_text(json.dumps(verdict, indent=1, ensure_ascii=False), encoding="utf-8")
    for requirement in requirements:
        if requirement["verdict"] != "NOT_APPLICABLE":
            write_result(allure_dir or run_dir / "allure-results", run_dir, topology, requirement)
    return verdict


def _takeover_checks(scene: Scene, fault: str, probes: Sequence[str], norm_s: float) -> list[dict[str, Any]]:
    lower_s, upper_s = round(scene.outage_s - 0.009, 3), round(scene.outage_s + 0.011, 3)
    bounds = {"lower_s": lower_s, "upper_s": upper_s, "norm_s": norm_s}
    said = f"no service for {lower_s:.3f} to {upper_s:.3f} s after {fault}, allowed {norm_s:g} s"
    return [
        {
            "name": f"service is back within the norm: {probe}",
            "verdict": "HOLDS" if upper_s <= norm_s else "VIOLATED",
            "reason": f"{probe}: {said}",
            "measured": upper_s,
            "norm": norm_s,
            "unit": "s",
            "formula": VRRP if "lb1" in fault else "inter 250 ms x fall 2 + timeout check 200 ms + fastinter",
            "outages": [{"probe": probe, "fault": fault, **bounds}],
        }
        for probe in probes
    ]


def _plain(identity: str) -> dict[str, Any]:
    return {
        "name": TITLES[identity][1].lower(),
        "verdict": "HOLDS",
        "reason": "40 samples on both balancers, one owner in each",
        "measured": 1.0,
        "norm": 1.0,
        "unit": "owner" if identity == "WEB-8" else "",
        "formula": "",
        "outages": [],
    }


def _requirement(
    identity: str, results: Sequence[Mapping[str, Any]], evidence: Sequence[str]
) -> dict[str, Any]:
    absent = identity in {"SIP-1", "DB-1"}
    verdicts = [result["verdict"] for result in results]
    verdict = "NOT_APPLICABLE" if absent else ("VIOLATED" if "VIOLATED" in verdicts else "HOLDS")
    if not absent and not verdicts:
        verdict = "UNKNOWN"
    reasons = {
        "NOT_APPLICABLE": "the topology has no node of that role",
        "HOLDS": f"{len(results)} checks hold",
        "UNKNOWN": "the standby was not steady within 15 s; last seen: {'lb1', 'lb2'}",
    }
    told = [f"{result['name']}: {result['reason']}" for result in results if result["verdict"] == verdict]
    return {
        "id": identity,
        "title": dict(zip(("de", "en"), TITLES[identity], strict=True)),
        "level": "should" if identity == "WEB-1" else "must",
        "verdict": verdict,
        "reason": reasons.get(verdict) or "; ".join(told),
        "checks": list(results),
        "outages": [outage for result in results for outage in result["outages"]],
        "evidence": list(evidence),
    }


def _write_case(folder: Path, scene: Scene, title: str, judgement: Mapping[str, Any], *, drawn: bool) -> None:
    folder.mkdir(parents=True)
    case = {"title": title, "fault": title, "judgements": [judgement]}
    (folder / "case.json").write_text(json.dumps(case))
    (folder / "topology.svg").write_text(DRAWING)
    history = scene.history() if drawn else []
    (folder / "history.jsonl").write_text("".join(json.dumps(line) + "\n" for line in history))
    if drawn:
        identity, results = judgement["requirement"], judgement["results"]
        outages = [outage for result in results for outage in result["outages"]]
        sentence = f"{title}: {identity} {TITLES[identity][1].lower()} {results[0]['verdict']}"
        draw(history, outages=outages, title=sentence, output=folder / "outage.svg")
    else:
        (folder / "outage.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')


def _slug(title: str) -> str:
    return title.replace(" ", "-")
