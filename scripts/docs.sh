#!/usr/bin/env bash
# Installs, then builds the documentation site into site/; every warning is an error.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/install.sh"
exec python -m mkdocs build --strict --site-dir "${1:-site}"
