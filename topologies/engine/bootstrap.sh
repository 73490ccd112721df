#!/bin/sh
# Makes the Python environment of requirements.lock and points .venv at it.
#
#   topologies/engine/bootstrap.sh            from anywhere; the second call only looks
#
# The environment lies outside of the work tree, one for each content of the lock file and version of Python, so
# that clones share it and a changed lock file never meets an old environment. It counts once it is `.complete`.
set -eu

cd "$(dirname "$0")/../.."

cannot() { # cannot SENTENCE
    echo "error: $1" >&2
    exit 4 # usage, or the lab could not be had
}

home() { # the same rule as topologies/home.py
    if [ -n "${JTEL_CONFORMANCE_HOME:-}" ]; then
        echo "$JTEL_CONFORMANCE_HOME"
    elif [ "$(id -u)" -eq 0 ]; then
        echo /var/lib/jtel-conformance
    else
        echo "$HOME/.cache/jtel-conformance"
    fi
}

is_new_enough() { # is_new_enough PYTHON
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

install_packages() { # install_packages PACKAGE...
    command -v apt-get >/dev/null || cannot "$* missing, and this is neither Debian nor Ubuntu: install Python 3.11 or newer with venv by hand"
    if [ "$(id -u)" -eq 0 ]; then
        as_root=
    elif command -v sudo >/dev/null; then
        as_root=sudo
    else
        cannot "$* missing, and without root or sudo nothing can be installed: ask for: apt-get install $*"
    fi
    echo "set-up: installing $*"
    log=$(mktemp)
    install="$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends -o DPkg::Lock::Timeout=120 $*"
    if ! $install >"$log" 2>&1; then
        # The package lists may be missing or old.
        if ! $as_root apt-get update -qq >"$log" 2>&1 || ! $install >"$log" 2>&1; then
            why=$(grep '^E:' "$log" | head -n 1 || true)
            rm -f "$log"
            cannot "apt-get could not install $* (${why:-no reason given}): check the network and the package sources"
        fi
    fi
    rm -f "$log"
}

find_python() { # the distribution's own, if it is new enough, else the first on PATH
    for python in /usr/bin/python3 "$(command -v python3 || true)"; do
        if [ -x "$python" ] && is_new_enough "$python"; then
            return
        fi
    done
    python=
}

must_have_python() { # sets $python
    find_python
    if [ -z "$python" ] && ! command -v python3 >/dev/null; then
        install_packages python3 python3-venv
        find_python
    fi
    [ -n "$python" ] || cannot "$(python3 --version) is too old: install Python 3.11 or newer, as Debian 12 and Ubuntu 24.04 have it"
}

must_have_venv() { # Debian keeps ensurepip in a package of its own
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        install_packages python3-venv
        "$python" -c 'import ensurepip, venv' 2>/dev/null || cannot "$python cannot make virtual environments: install the venv package of that Python"
    fi
}

must_have_disk() { # must_have_disk FOLDER; the engine and its images need it too, so say it before the long way
    free_kib=$(df -Pk "$1" | awk 'NR == 2 { print $4 }')
    [ "$free_kib" -ge 5242880 ] || cannot "$1 has $((free_kib / 1048576)) GiB of free disk and 5 GiB are needed: make room, or name another folder in JTEL_CONFORMANCE_HOME"
}

trust_whom_the_host_trusts() { # for pip, which brings a list of its own, unless the user told it otherwise
    certificates=/etc/ssl/certs/ca-certificates.crt
    if [ -z "${PIP_CERT:-}" ] && [ -r "$certificates" ] && ! "$1/bin/python" -m pip config list | grep -q '\.cert='; then
        export PIP_CERT="$certificates"
    fi
    return 0
}

make_environment() { # make_environment FOLDER; in its final place, since environments cannot be moved
    rm -rf "$1" # half-made by a process that was killed
    trap 'rm -rf "$1"; exit 4' INT TERM HUP
    if ! "$python" -m venv "$1" >"$1.log" 2>&1 || ! trust_whom_the_host_trusts "$1" ||
        ! "$1/bin/python" -m pip install --disable-pip-version-check --no-input --progress-bar off \
            --require-hashes --no-deps -r requirements.lock >"$1.log" 2>&1; then
        why=$(grep -i '^error' "$1.log" | head -n 1 || true)
        rm -rf "$1"
        cannot "the Python environment could not be made (${why:-no reason given}): check the way to the package index; $1.log has the rest"
    fi
    rm -f "$1.log"
    touch "$1/.complete"
    trap - INT TERM HUP
}

[ "$(uname -s)" = Linux ] || cannot "this is $(uname -s), and the labs need Linux: use a Debian or Ubuntu machine"

if [ -d .venv ] && [ ! -L .venv ]; then
    exit 0 # the developer's own environment is used as it is
fi

must_have_python
home=$(home)
key=$( { "$python" --version; cat requirements.lock; } | sha256sum | cut -c1-12)
environment="$home/python-$key"

if [ ! -e "$environment/.complete" ]; then
    mkdir -p "$home" 2>/dev/null && [ -w "$home" ] || cannot "$home cannot be written: make it yours, or name another folder in JTEL_CONFORMANCE_HOME"
    must_have_disk "$home"
    must_have_venv
    (
        flock 9
        if [ ! -e "$environment/.complete" ]; then
            began=$(date +%s)
            echo "set-up: Python environment ($("$python" --version), $(grep -c '^[a-z0-9]' requirements.lock) packages)"
            make_environment "$environment"
            echo "set-up: Python environment is ready ($(($(date +%s) - began)) s)"
        fi
    ) 9>"$home/python.lock"
fi

if [ "$(readlink .venv || true)" != "$environment" ]; then
    ln -sfn "$environment" .venv
fi
