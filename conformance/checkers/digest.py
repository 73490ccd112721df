"""Registration with credentials: a registrar takes nobody who has not answered its challenge."""

from typing import ClassVar

from conformance.checkers.check import Check
from conformance.checkers.facts import decided, observed
from conformance.checkers.findings import many
from conformance.history import History
from conformance.verdict import CheckResult


class RegistersWithDigest(Check):
    """Every user registers with a digest of its password, and none without is taken.

    Reads `observed` lines "register" (node: the registrar; value: {user, accepted, with_digest}: REGISTER
    requests on its wire that were answered with 200, and how many of those carried a digest).
    """

    title: ClassVar[str] = "registrations carry a digest"
    registrars: tuple[str, ...]
    users: tuple[str, ...]

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        violations: list[str] = []
        doubts = [] if self.registrars and self.users else ["no registrar or no user was to be looked at"]
        rows = []
        lines = [line for line in observed(history, "register") if line["node"] in self.registrars]
        for line in lines:
            told = line["value"]
            if plain := told["accepted"] - told["with_digest"]:
                often = many(plain, "registration")
                violations.append(f"{line['node']} took {often} of {told['user']} without a digest")
        for registrar in self.registrars:
            for user in self.users:
                mine = [
                    line["value"]
                    for line in lines
                    if (line["node"], line["value"]["user"]) == (registrar, user)
                ]
                digests = sum(value["with_digest"] for value in mine)
                if not digests:
                    doubts.append(f"no registration of {user} with a digest was seen at {registrar}")
                rows.append(f"{user} at {registrar} {many(digests, 'time')}")
        return decided(self, violations=violations, doubts=doubts, good=f"with a digest: {', '.join(rows)}")
