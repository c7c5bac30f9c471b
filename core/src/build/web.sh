#!/usr/bin/env bash
# Builds the web interface into TARGET/classes/web. Usage: web.sh WEB TARGET
# Skips when the sources are those of the last build: the hash of all of them is kept in TARGET/web.sha256.
set -euo pipefail
web=$1
target=$2
cd "$web"
hash=$(find . \( -name node_modules -o -name dist -o -name coverage -o -name test-results -o -name playwright-report \) -prune \
  -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1)
if [[ -f $target/classes/web/index.html && -f $target/web.sha256 && $(<"$target/web.sha256") == "$hash" ]]; then
  exit 0
fi
if ! command -v npm >/dev/null; then
  echo "npm is not installed: it builds the web interface, install Node.js 20 or newer (or build without it: -Dweb.skip=true)" >&2
  exit 1
fi
lock=$(sha256sum package-lock.json | cut -d' ' -f1)
if [[ ! -f node_modules/.tocsin-lock || $(<node_modules/.tocsin-lock) != "$lock" ]]; then
  npm ci --no-audit --no-fund --loglevel=error
  printf '%s' "$lock" > node_modules/.tocsin-lock
fi
npm run --silent build
rm -rf "$target/classes/web"
mkdir -p "$target/classes"
cp -R dist "$target/classes/web"
printf '%s' "$hash" > "$target/web.sha256"
