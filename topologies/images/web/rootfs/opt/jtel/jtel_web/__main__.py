"""`python3 -m jtel_web`: serve http on port 8080 and, where the settings say so, https on port 8443."""

import asyncio
import subprocess
from pathlib import Path

import uvicorn  # type: ignore[import-not-found]  # comes with the image
import uvloop  # type: ignore[import-not-found]

from .app import App
from .calls import Calls, Statistics
from .database import STATISTICS_TIMEOUT_S, Database, Heartbeat
from .recordings import Recordings
from .sessions import DatabaseSessions, LocalSessions, Sessions
from .settings import HTTP_PORT, HTTPS_PORT, Settings, read_settings

TLS = Path("/run/jtel/tls")


def main() -> None:
    """Serve until SIGTERM."""
    Path("/proc/self/comm").write_text("jtel-web")  # the name by which it is found, and killed
    settings = read_settings()
    database = Database(settings.database)
    heartbeat = Heartbeat(lambda: database.execute("SELECT 1"))
    heartbeat.start()
    app = App(
        settings.server,
        _sessions(settings, database),
        Calls(database, settings.server),
        _statistics(settings),
        heartbeat.is_fresh,
        Recordings(settings.storage) if settings.storage else None,
    )
    servers = [_server(app, settings, HTTP_PORT)]
    if settings.tls:
        certificate, key = _self_signed(settings.server)
        servers.append(_server(app, settings, HTTPS_PORT, ssl_certfile=certificate, ssl_keyfile=key))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(servers))


def _sessions(settings: Settings, database: Database) -> Sessions:
    if settings.sessions == "local":
        return LocalSessions()
    return DatabaseSessions(database, settings.server)


def _statistics(settings: Settings) -> dict[str, Statistics]:
    return {
        page: Statistics(Database(database, timeout_s=STATISTICS_TIMEOUT_S))
        for page, database in settings.statistics.items()
    }


async def _serve(servers: list[uvicorn.Server]) -> None:
    await asyncio.gather(*(server.serve() for server in servers))


def _server(app: App, settings: Settings, port: int, **tls: Path) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=settings.address,
            port=port,
            access_log=False,
            http="httptools",
            interface="asgi3",
            lifespan="off",
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=1,
            timeout_keep_alive=75,  # longer than the balancer's: it is the one to close an idle connection
            ws="none",
            **tls,
        )
    )


def _self_signed(server: str) -> tuple[Path, Path]:
    TLS.mkdir(parents=True, exist_ok=True)
    certificate, key = TLS / "certificate.pem", TLS / "key.pem"
    request = [
        "openssl",
        "req",
        "-x509",
        "-nodes",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
    ]
    names = ["-subj", f"/CN={server}", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*request, *names], check=True, capture_output=True)
    return certificate, key


if __name__ == "__main__":
    main()
