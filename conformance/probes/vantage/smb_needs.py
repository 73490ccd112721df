"""What a probe of files needs of the vantage's Python, said in one sentence where it is not there."""

from __future__ import annotations

import importlib.util

if importlib.util.find_spec("smbprotocol") is None:
    raise SystemExit(
        "the Python of this vantage has no smbprotocol, without which no files are probed: install it there"
    )
