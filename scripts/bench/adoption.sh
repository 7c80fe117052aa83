#!/usr/bin/env bash
# Adopts databases of the Python service with 2,200 builds and 42,000 components, on SQLite and on PostgreSQL, and prints how long
# that takes and how long a client that reads and writes meanwhile waits at most.
#
# usage: scripts/bench/adoption.sh [--builds N] [--components N]
#
# Environment: BENCH_PROGRAMS  folder of mbs-manager, generate_database and measure_adoption [target/release, built if missing]
set -euo pipefail

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
programs=${BENCH_PROGRAMS:-$project/target/release}

for program in mbs-manager generate_database measure_adoption; do
    if [ ! -x "$programs/$program" ]; then
        [ -z "${BENCH_PROGRAMS:-}" ] || { echo "adoption: $programs/$program is missing" >&2; exit 1; }
        (cd "$project" && cargo build --locked --release --bins)
        break
    fi
done
exec "$programs/measure_adoption" "$programs" "$@"
