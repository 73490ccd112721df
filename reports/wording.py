"""How a verdict is put into words and signs, on the terminal and in the report alike."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

Verdict = Mapping[str, Any]
SIGNS = {"HOLDS": "\N{CHECK MARK}", "VIOLATED": "\N{BALLOT X}", "UNKNOWN": "?", "NOT_APPLICABLE": "-"}
SEVERITY = {"VIOLATED": 3, "UNKNOWN": 2, "HOLDS": 1, "NOT_APPLICABLE": 0}
"""The higher, the more a reader has to look at it."""
SENTENCES = 3
"""So many reasons of one requirement are read; the others are counted."""
LEFT_OUT = "; left out: "
"""Before the ways of failing that a run left out: the end of a reason."""
COUNTED = {
    "HOLDS": "hold",
    "VIOLATED": "violated",
    "UNKNOWN": "not proven",
    "NOT_APPLICABLE": "not applicable",
}
OUTCOMES = {
    "conformant": "Every mandatory requirement that applies was shown to hold.",
    "violated": "At least one mandatory requirement does not hold.",
    "partial": "Nothing mandatory is violated, but something mandatory could be neither shown nor refuted, "
    "or was not tried in every way of failing.",
    "failed": "The run did not come to its end: the lab was lost or the suite itself broke.",
}


def subject(verdict: Verdict) -> str:
    """Return what was judged: the topology (with its deliberate defect) or the live system."""
    name = str(verdict.get("topology") or verdict.get("target") or "unnamed")
    return f"{name} with defect {verdict['defect']}" if verdict.get("defect") else name


def counts(verdict: Verdict) -> str:
    """Return how many requirements got which verdict, such as `9 hold, 1 violated`."""
    seen = Counter(requirement["verdict"] for requirement in verdict["requirements"])
    return (
        ", ".join(f"{seen[name]} {word}" for name, word in COUNTED.items() if seen[name]) or "nothing judged"
    )


def worst_check(requirement: Verdict) -> Verdict | None:
    """Return the check that decides how a requirement looks: worst verdict, outages, closest to its norm."""
    return max(requirement["checks"], key=_badness, default=None)


def reason(requirement: Verdict) -> str:
    """Return why a requirement got its verdict; of many checks that say so, as of repeats, the worst few."""
    whole = str(requirement["reason"])
    mine = [check for check in requirement["checks"] if check["verdict"] == requirement["verdict"]]
    told = dict.fromkeys(f"{check['name']}: {check['reason']}" for check in mine)
    if len(told) <= SENTENCES or not whole.startswith("; ".join(told)):
        return whole
    worst = sorted(mine, key=_badness, reverse=True)
    first = list(dict.fromkeys(f"{check['name']}: {check['reason']}" for check in worst))[:SENTENCES]
    more = f"{len(told) - SENTENCES} more in verdict.json"
    return "; ".join([*first, more]) + whole.removeprefix("; ".join(told))


def is_limited(requirement: Verdict) -> bool:
    """Tell whether the run left out ways of failing by which the requirement could have been tried."""
    return LEFT_OUT in str(requirement["reason"])


def _badness(check: Verdict) -> tuple[int, bool, float]:
    return SEVERITY[check["verdict"]], bool(check.get("outages")), _share_of_norm(check)


def _share_of_norm(check: Verdict) -> float:
    if outage := worst_outage(check):
        return share_of_norm(outage)
    measured, norm = check.get("measured"), check.get("norm")
    if isinstance(measured, int | float) and isinstance(norm, int | float) and norm:
        return float(measured) / float(norm)
    return 0.0


def share_of_norm(outage: Verdict) -> float:
    """Return how much of its norm an outage used, 1 being all; without a norm, its length in seconds."""
    if outage["upper_s"] is None:
        return math.inf
    return float(outage["upper_s"]) / float(outage["norm_s"] or 1.0)


def worst_outage(check: Verdict) -> Verdict | None:
    """Return the outage that used most of its norm; one without an end is the worst."""
    return max(check.get("outages", ()), key=share_of_norm, default=None)


def measured(check: Verdict) -> str:
    """Return what was measured, with its unit; an outage as lower and upper bound."""
    if outage := worst_outage(check):
        if outage["upper_s"] is None:
            return f">= {outage['lower_s']:.3f} s"
        return f"{outage['lower_s']:.3f} - {outage['upper_s']:.3f} s"
    return _quantity(check.get("measured"), str(check.get("unit", "")))


def norm(check: Verdict) -> str:
    """Return what was allowed, with its unit; times are upper limits."""
    if (outage := worst_outage(check)) and outage["norm_s"] is not None:
        return f"<= {outage['norm_s']:.3f} s"
    told = _quantity(check.get("norm"), str(check.get("unit", "")))
    is_time = isinstance(check.get("norm"), int | float) and check.get("unit") in {"s", "ms"}
    return f"<= {told}" if is_time else told


def _quantity(value: object, unit: str) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{number(value, unit)} {unit}".rstrip()
    return f"{value} {unit}".rstrip() if isinstance(value, int) else str(value)


def spread(summary: Iterable[float], unit: str) -> str:
    """Return values side by side, such as `0.342 / 0.411 / 0.470 / 0.590 s`."""
    return f"{' / '.join(number(value, unit) for value in summary)} {unit}".rstrip()


def number(value: float, unit: str) -> str:
    """Return a number as the unit is told, without the unit; an infinite one is an outage without end."""
    if math.isinf(value):
        return "no end"
    return f"{value:.3f}" if unit == "s" else f"{value:.4g}"


def duration_s(verdict: Verdict) -> float:
    """Return how long the run took."""
    began, ended = (datetime.fromisoformat(str(verdict[key])) for key in ("started_at", "ended_at"))
    return (ended - began).total_seconds()


def title(requirement: Verdict, language: str = "en") -> str:
    """Return the requirement's title with a capital first letter."""
    told = str(requirement["title"].get(language) or requirement["title"]["en"])
    return told[:1].upper() + told[1:]
