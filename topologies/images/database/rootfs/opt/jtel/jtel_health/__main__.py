"""`python3 -m jtel_health`: answer on port 9200 whether this database server is usable.

`GET /writer` and `GET /reader`: 200 where it is, 503 where it is not, with the reason. A server that is no
master is never usable as a writer.
"""

import json
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pymysql

from .beating import Heart
from .database import Database
from .settings import PORT, Settings, read_settings
from .usable import Standing, complaint

ANSWER_S = 0.2
"""A server that does not answer so long is not usable; less than the balancer waits for us."""
FRESH_S = 0.04
"""Several who ask at once get the same answer."""
BEAT_PATIENCE_S = 10.0


class Health:
    """What is said to whoever asks; for several threads."""

    def __init__(self, settings: Settings, database: Database, heart: Heart) -> None:
        self._settings, self._database, self._heart = settings, database, heart
        self._standing = Standing(settings, time.time())
        self._lock = threading.Lock()
        self._looked_s = float("-inf")
        self._complaint: str | None = None

    def complaint(self, path: str) -> str | None:
        """Return why the server is not usable for *path*, or None."""
        if path == "/writer" and not self._settings.writer:
            return "it is no master"
        with self._lock:
            if time.monotonic() - self._looked_s > FRESH_S:
                self._complaint = self._look()
                self._looked_s = time.monotonic()
            return self._complaint

    def _look(self) -> str | None:
        self._standing.asked(time.time())
        try:
            sample = self._database.sample()
        except pymysql.MySQLError as trouble:
            return f"it does not answer: {type(trouble).__name__}"
        self._standing.saw(sample)
        return complaint(self._settings, sample, self._standing, own_beat_s=self._heart.silent_s())


def serve(settings: Settings) -> None:
    """Answer until the process ends."""
    beats = Database(BEAT_PATIENCE_S)
    heart = Heart(lambda: beats.beat(settings.server), settings.beat_s)
    if settings.writer:
        heart.start()
    health = Health(settings, Database(ANSWER_S), heart)

    class Asked(BaseHTTPRequestHandler):
        """One question."""

        wbufsize = -1  # the answer goes out as one: the balancer resets the connection after its first line

        def do_GET(self) -> None:
            """Answer it."""
            if self.path not in {"/writer", "/reader"}:
                self._say(HTTPStatus.NOT_FOUND, f"there is no {self.path}")
            elif reason := health.complaint(self.path):
                self._say(HTTPStatus.SERVICE_UNAVAILABLE, reason)
            else:
                self._say(HTTPStatus.OK, None)

        def _say(self, status: HTTPStatus, reason: str | None) -> None:
            body = json.dumps(
                {"server": settings.server, "usable": reason is None, "reason": reason}
            ).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep the container's log for the database."""

    ThreadingHTTPServer((settings.address, PORT), Asked).serve_forever()


if __name__ == "__main__":
    Path("/proc/self/comm").write_text("jtel-health")  # the name by which it is found, and killed
    serve(read_settings())
