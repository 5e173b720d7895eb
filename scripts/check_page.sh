#!/usr/bin/env bash
# Types (tsc) and rules (ESLint) of the modules of the studio's page, where Node is; says so where it is not.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
packages="typescript@7.0.2 eslint@10.15.0"
tools="${FSANNOT_NODE_TOOLS:-.fsannot/node}"

if ! command -v npm >/dev/null; then
    echo "page modules: skipped, there is no Node (npm)"
    exit 0
fi
if [ "$(cat "$tools/versions" 2>/dev/null)" != "$packages" ]; then
    mkdir -p "$tools"
    # shellcheck disable=SC2086
    if ! npm install --prefix "$tools" --no-save --no-audit --no-fund --silent $packages; then
        echo "page modules: skipped, $packages cannot be installed"
        exit 0
    fi
    echo "$packages" >"$tools/versions"
fi
"$tools/node_modules/.bin/tsc" -p scripts/page.tsconfig.json
"$tools/node_modules/.bin/eslint" -c scripts/eslint.config.mjs fsannot/studio/page
echo "page modules: types and rules hold"
