"""What happens at the end of a session: the files for Allure are completed and the report is made."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reports.allure_files import write_allure_files
from reports.building import build
from reports.trouble import ReportError


def hand_over(run_dir: Path, allure_dir: Path, verdict: Mapping[str, Any]) -> str | None:
    """Complete *allure_dir* and make `report.html` in *run_dir*; return why there is none, or None.

    A report that could not be made is no reason to lose a verdict: the caller shows the sentence and goes on.
    """
    try:
        write_allure_files(verdict, allure_dir)
        build([run_dir])
    except ReportError as error:
        return str(error)
    except OSError as error:
        again = f"make room, then `python -m reports build {run_dir}`"
        return f"{error.filename or allure_dir}: {error.strerror}; {again}"
    return None
