#!/usr/bin/env bash
# Installs what the web interface is built and checked with, unless it is there. Usage: install.sh WEB
# The build and the checks may ask at the same time.
set -euo pipefail
cd "$1"
exec 8<package-lock.json
flock 8
# npm writes its hidden lock file last, so a newer one means that everything in package-lock.json is installed.
if [[ ! node_modules/.package-lock.json -nt package-lock.json ]]; then
  npm ci --no-audit --no-fund --loglevel=error 8<&-
fi
