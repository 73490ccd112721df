"""A headless Chromium that opens a file, takes its picture and tells what a script in it found out."""

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PATIENCE_S = 90.0
VIRTUAL_TIME_MS = 15_000
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)


class NoBrowser(Exception):  # noqa: N818 -- it reads as what it is
    """There is no Chromium on this machine, or it did not do what it was asked."""


class Browser:
    """Chromium with a profile of its own."""

    def __init__(self, profile: Path) -> None:
        found = next((path for name in NAMES if (path := shutil.which(name))), None)
        if found is None:
            raise NoBrowser(
                "no Chromium on this machine, so no report can be looked at: apt-get install chromium"
            )
        self._command = [found, *QUIET, f"--user-data-dir={profile}"]

    def screenshot(self, page: Path, picture: Path, *, width: int = 1280, height: int = 1600) -> None:
        """Take a picture of the first *height* pixels of *page*."""
        self._run(page, f"--screenshot={picture}", f"--window-size={width},{height}")
        if not picture.is_file():
            raise NoBrowser(f"Chromium took no picture of {page}")

    def ask(self, page: Path, script: str) -> Any:
        """Run *script*, the body of an async function, in a copy of *page*; return what it returns."""
        copy = page.with_name(f"asking-{page.name}")
        told = (
            "<script>window.addEventListener('load', async () => {"
            f"const asked = async () => {{ {script} }};"
            "const answer = await asked().catch((error) => ({ error: String(error) }));"
            "const note = document.createElement('pre'); note.id = 'answer';"
            "note.textContent = JSON.stringify(answer); document.body.append(note); });</script></body>"
        )
        head, _, tail = page.read_text(encoding="utf-8").rpartition("</body>")
        copy.write_text(head + told + tail, encoding="utf-8")
        dom = self._run(copy, "--dump-dom", "--window-size=1280,1600")
        answer = re.search(r'<pre id="answer">(.*?)</pre>', dom, re.DOTALL)
        if answer is None:
            raise NoBrowser(f"the script in {copy} gave no answer within {VIRTUAL_TIME_MS} ms of page time")
        return json.loads(html.unescape(answer.group(1)))

    def _run(self, page: Path, *options: str) -> str:
        command = [*self._command, f"--virtual-time-budget={VIRTUAL_TIME_MS}", *options, page.as_uri()]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE_S)
        except subprocess.TimeoutExpired as late:
            raise NoBrowser(f"Chromium did not open {page} within {PATIENCE_S:g} s") from late
        except subprocess.CalledProcessError as error:
            raise NoBrowser(f"Chromium could not open {page}: {error.stderr.strip()[-300:]}") from error
        return done.stdout
