#!/usr/bin/env bash
# Makes target/node/NAME, with exactly the npm packages that tests/node/NAME/package-lock.json lists; does nothing where it is there
# and the list has not changed. `setup.sh test` installs node and npm.
set -euo pipefail
cd "$(dirname "$0")/.."

name=${1:?usage: node.sh NAME}
list=tests/node/$name
environment=target/node/$name

[ -f "$list/package-lock.json" ] || { echo "node.sh: there is no $list/package-lock.json" >&2; exit 2; }
mkdir -p target/node
exec 9>"target/node/$name.lock"
flock 9

cmp -s "$list/package-lock.json" "$environment/installed.json" && [ -d "$environment/node_modules" ] && exit 0

echo "node.sh: making $environment"
command -v npm >/dev/null 2>&1 \
    || { echo "node.sh: npm is missing; './scripts/setup.sh test' installs it" >&2; exit 1; }
rm -rf "$environment"
mkdir -p "$environment"
cp "$list/package.json" "$list/package-lock.json" "$environment/"
npm ci --prefix "$environment" --no-audit --no-fund --ignore-scripts --loglevel=error
cp "$list/package-lock.json" "$environment/installed.json"
