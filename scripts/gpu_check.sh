#!/usr/bin/env bash
# On a machine with an NVIDIA GPU: tests marked gpu, timings on CPU and GPU and how far they agree, as one JSON file.
# Usage: scripts/gpu_check.sh [output.json] [--points N]; PYTHON names an environment in which pip install '.[gpu]' was run.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$here"
if [ -z "${PYTHON:-}" ]; then
    [ -x .venv/bin/python ] && PYTHON=.venv/bin/python || PYTHON=python3
fi
if ! "$PYTHON" -c 'import sys, torch; sys.exit(not torch.cuda.is_available())'; then
    echo "gpu_check: no CUDA GPU is usable by PyTorch here, or PyTorch is missing ($PYTHON); nothing was measured" >&2
    exit 1
fi
exec "$PYTHON" -m fsannot.benchmarks.gpu "$@"
