#!/usr/bin/env bash
# Makes target/python/NAME, a Python environment with exactly what tests/python/NAME.txt lists; does nothing where it is there
# and the list has not changed. Lists are complete and pinned: nothing else is fetched.
# Modules that are bound to libraries of the host (rpm, gssapi) come from the distribution: `setup.sh test` installs them.
set -euo pipefail
cd "$(dirname "$0")/.."

name=${1:?usage: python.sh NAME}
list=tests/python/$name.txt
environment=target/python/$name
# The distribution's, since its modules fit no other.
python=/usr/bin/python3

[ -f "$list" ] || { echo "python.sh: there is no $list" >&2; exit 2; }
mkdir -p target/python
exec 9>"target/python/$name.lock"
flock 9

# Its programs name the folder they were made in: one that was moved here with its checkout does not do.
cmp -s "$list" "$environment/installed.txt" && [ "$(cat "$environment/made-in.txt" 2>/dev/null)" = "$PWD" ] \
    && "$environment/bin/python" -c '' 2>/dev/null && exit 0

echo "python.sh: making $environment"
"$python" -c 'import ensurepip' 2>/dev/null \
    || { echo "python.sh: $python with venv is missing; './scripts/setup.sh test' installs it" >&2; exit 1; }
rm -rf "$environment"
"$python" -m venv --system-site-packages "$environment"
"$environment/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --requirement "$list"
echo "$PWD" >"$environment/made-in.txt"
cp "$list" "$environment/installed.txt"
