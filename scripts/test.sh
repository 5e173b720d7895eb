#!/usr/bin/env bash
# Installs, then lint, types and tests. Arguments go to pytest.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/install.sh"

if ! command -v chromium >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null
fi

ruff check .
ruff format --check .
mypy
scripts/check_page.sh
# each worker computes on one thread: two workers with two threads each only fight for the two cores
export OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 NUMBA_NUM_THREADS=1
pytest --numprocesses "${FSANNOT_TEST_WORKERS:-2}" --dist loadfile "$@"
