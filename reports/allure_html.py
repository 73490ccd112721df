"""Allure's single HTML file, with our front page in it and without its call home."""

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from reports.allure_files import CATEGORIES
from reports.set_up import AllureMissing, allure, default_home, node
from reports.trouble import ReportError

PATIENCE_S = 300.0
ANALYTICS = re.compile(
    r'<script async src="https://www\.googletagmanager\.com[^>]*></script>\s*<script>.*?</script>', re.DOTALL
)
BODY = "<body>"


def generate(
    staged: Sequence[Path], work: Path, *, title: str, facts: Mapping[str, str], group_by: Sequence[str]
) -> str:
    """Return the HTML that Allure makes of the *staged* folders; *work* is a folder for its files.

    Raises:
        ReportError: Allure is not installed, or it failed.
    """
    try:
        cli, program = allure(default_home()), node()
    except AllureMissing as missing:
        raise ReportError(str(missing)) from missing
    if not cli.is_file():
        raise ReportError("Allure is not installed, so no report can be made: run `make setup`")
    config = work / "allurerc.json"
    config.write_text(json.dumps(_config(work, title, facts, group_by)), encoding="utf-8")
    command = [str(program), str(cli), "generate", *map(str, staged), "--config", str(config)]
    try:
        done = subprocess.run(
            command,
            cwd=work,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
    except subprocess.TimeoutExpired as late:
        raise ReportError(
            f"Allure made no report within {PATIENCE_S:g} s: {staged[0].parent} is too large"
        ) from late
    page = work / "html" / "index.html"
    if done.returncode or not page.is_file():
        said = " / ".join((done.stderr or done.stdout).strip().splitlines()[-2:]) or "no message"
        raise ReportError(f"Allure made no report (exit status {done.returncode}: {said})")
    return page.read_text(encoding="utf-8")


def _config(work: Path, title: str, facts: Mapping[str, str], group_by: Sequence[str]) -> dict[str, Any]:
    awesome = {
        "reportName": title,
        "singleFile": True,
        "reportLanguage": "en",
        "theme": "light",
        "groupBy": list(group_by),
    }
    return {
        "name": title,
        "output": str(work / "html"),
        "variables": dict(facts),
        "categories": list(CATEGORIES),
        "plugins": {"awesome": {"options": awesome}},
    }


def with_front(html: str, front: str) -> str:
    """Return Allure's page with *front* before its own content, and nothing in it that calls home.

    Raises:
        ReportError: the page is not built as that of the Allure in our lock file.
    """
    html = ANALYTICS.sub("", html, count=1)
    if html.count(BODY) != 1 or "googletagmanager.com" in html:
        raise ReportError(
            "Allure's page is not built as expected: install the version of reports/package.json"
        )
    return html.replace(BODY, f"{BODY}\n{front}")
