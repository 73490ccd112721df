#!/bin/sh
# Installs a browser where there is none; the tests of the report open it without a display.
set -eu
for program in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$program" >/dev/null; then
        exit 0
    fi
done
as_root=
[ "$(id -u)" -eq 0 ] || as_root=sudo
echo "set-up: chromium"
if ! $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium >/dev/null; then
    $as_root apt-get update -qq
    if ! $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium >/dev/null; then
        echo "error: no browser could be installed; install chromium, the tests of the report need one" >&2
        exit 4
    fi
fi
