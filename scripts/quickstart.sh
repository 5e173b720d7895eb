#!/usr/bin/env bash
# Installs, then lets the simulated annotator label synthetic images: no download of weights or data.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/install.sh"
exec python experiments/annotate.py experiment=quickstart "$@"
