"""`python3 -m jtel_web.metrics`: a second way into the web server's node, in a process of its own.

It stands for the exporters and agents that real servers have beside their service. It answers as long as the
node runs, whatever the web server does, so whoever takes it for the web server's health is deceived.
"""

from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from .settings import METRICS_PORT, read_settings


class Metrics(BaseHTTPRequestHandler):
    """The load of the node, whatever the path."""

    def do_GET(self) -> None:
        """Answer with one metric in the text format of Prometheus."""
        load = Path("/proc/loadavg").read_text().split()[0]
        body = f"# TYPE node_load1 gauge\nnode_load1 {load}\n".encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the container's log for the web server."""


if __name__ == "__main__":
    Path("/proc/self/comm").write_text("jtel-metrics")
    ThreadingHTTPServer((read_settings().address, METRICS_PORT), Metrics).serve_forever()
