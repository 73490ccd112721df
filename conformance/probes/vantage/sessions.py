"""Users with a login: those who stay, and those who are always new."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from conformance.probes.vantage.http_plans import HttpPlan, http_request
from conformance.probes.vantage.plan import Judged, Request

if TYPE_CHECKING:
    from conformance.probes.vantage.http_answers import Answer

SESSION_COOKIE = "jtel_session"
STICKY_COOKIE = "JTELSRV"
LOGGED_OUT = 401


def fingerprint(cookie: str) -> str:
    """Return what the history calls a session; the cookie itself is a credential and stays here."""
    return hashlib.sha256(cookie.encode()).hexdigest()[:12]


class User:
    """One user at one browser."""

    __slots__ = ("cookies", "logging_in", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self.cookies: dict[str, str] = {}
        self.logging_in = False

    @property
    def session(self) -> str | None:
        """The fingerprint of the session, once there is one."""
        cookie = self.cookies.get(SESSION_COOKIE)
        return fingerprint(cookie) if cookie is not None else None

    def keep(self, answer: Answer) -> None:
        """Take the cookies of an answer, as a browser does."""
        for name in (SESSION_COOKIE, STICKY_COOKIE):
            value = answer.cookie(name)
            if value is not None:
                self.cookies[name] = value


class StayingUsers(HttpPlan):
    """Users who log in once and then ask who they are, each in turn.

    Somebody who was logged out stays so and goes on asking: the loss must stay visible.
    """

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings
        self._users = [User(f"{settings['probe']}-{number}") for number in range(settings["users"])]

    def request(self, slot: int) -> Request | None:
        """Return the login or the question of the slot's user; nothing while the login is under way."""
        user = self._users[slot % len(self._users)]
        if user.logging_in:
            return None
        host, session = self._settings["host"], user.session
        about = {"user": user.name, "session": session, "what": "login" if session is None else "me"}
        if session is None:
            user.logging_in = True
            body = json.dumps({"user": user.name})
            payload = http_request(
                "POST", self._settings["login_path"], host, cookies=user.cookies, body=body
            )
            return Request(payload, writes=True, about=about, tag=user)
        payload = http_request("GET", self._settings["me_path"], host, cookies=user.cookies)
        return Request(payload, writes=False, about=about, tag=user)

    def answered(self, request: Request, answer: Answer) -> Judged:
        """Judge by status, and by whether the answer is about this very user."""
        user: User = request.tag
        judged = super().answered(request, answer)
        sent = user.cookies.get(STICKY_COOKIE)
        server = judged.server if judged.server is not None else sent
        if request.about["what"] == "login":
            user.logging_in = False
            user.keep(answer)
            return judged._replace(
                server=server, found={"logged_in": user.session is not None, "session": user.session}
            )
        user.keep(answer)
        if answer.status == LOGGED_OUT:
            return Judged("failed", "logged out", server, {"logged_in": False})
        if judged.outcome != "ok":
            return judged._replace(server=server)
        told = _user_in(answer)
        if told is not None and told != user.name:
            return Judged("failed", "foreign session", server, {"logged_in": False})
        return judged._replace(server=server, found={"logged_in": True})

    def unanswered(self, request: Request) -> None:
        """Let a login that got no answer be tried again."""
        request.tag.logging_in = False


class NewUsers(HttpPlan):
    """A new user in every slot: logs in without any cookie and is never seen again."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings

    def request(self, slot: int) -> Request:
        """Return the login of a user whom nobody has seen before."""
        name = f"{self._settings['probe']}-{slot}"
        payload = http_request(
            "POST", self._settings["login_path"], self._settings["host"], body=json.dumps({"user": name})
        )
        return Request(payload, writes=True, about={"user": name, "what": "login"})

    def answered(self, request: Request, answer: Answer) -> Judged:
        """Judge by status; tell the session that was opened."""
        judged = super().answered(request, answer)
        cookie = answer.cookie(SESSION_COOKIE)
        return judged._replace(found={"session": fingerprint(cookie) if cookie else None})


def _user_in(answer: Answer) -> str | None:
    """Return the user whom the answer names, where it is JSON and names one."""
    try:
        told = json.loads(answer.body)
    except ValueError:
        return None
    name = told.get("user") if isinstance(told, dict) else None
    return name if isinstance(name, str) else None
