"""What the phone needs of the vantage's Python, said in one sentence where it is not there."""

from __future__ import annotations

import importlib.util

if importlib.util.find_spec("sippy") is None:
    raise SystemExit(
        "the Python of this vantage has no sippy, without which there is no phone: install it there"
    )
