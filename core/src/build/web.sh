#!/usr/bin/env bash
# Builds the web interface into TARGET/classes/web. Usage: web.sh WEB TARGET
# Does nothing when the sources are those of the last build: the hash of all of them is kept in TARGET/web.sha256.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
web=$(cd "$1" && pwd)
target=$2
cd "$web"
hash=$(find . \( -name node_modules -o -name dist -o -name e2e -o -name coverage \) -prune -o -type f -print0 \
  | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1)
if [[ -f $target/classes/web/index.html && -f $target/web.sha256 && $(<"$target/web.sha256") == "$hash" ]]; then
  exit 0
fi
if ! command -v npm >/dev/null; then
  echo "npm is not installed; it builds the web interface: install Node.js 20 or newer, or build without it: -Dweb.skip=true" >&2
  exit 1
fi
bash "$here/install.sh" "$web"
TOCSIN_WEB_OUT=$target/web npm run --silent build >"$target/web.log" 2>&1 || { cat "$target/web.log" >&2; exit 1; }
mkdir -p "$target/classes"
rm -rf "$target/classes/web"
mv "$target/web" "$target/classes/web"
printf '%s' "$hash" > "$target/web.sha256"
