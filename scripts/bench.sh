#!/usr/bin/env bash
# Measures the service with examples/testmodule and prints a table. docs/BENCHMARKS.md says what is compared and why.
#
# usage: scripts/bench.sh
#
# Environment: BENCH_PROGRAMS  folder of mbs-manager and mbs-build [target/release]
#              BENCH_RUNS      repetitions, of which the median counts [3]
#              BENCH_IDLE      seconds of idling that are looked at [60]
set -euo pipefail

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
programs=${BENCH_PROGRAMS:-$project/target/release}
runs=${BENCH_RUNS:-3}
idle=${BENCH_IDLE:-60}
folder=$(mktemp -d)
server=

fail() {
    echo "bench: $*" >&2
    exit 1
}

clean_up() {
    stop_server
    rm -rf "$folder"
}

stop_server() {
    [ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true
    server=
}

now() {
    date +%s.%N
}

median() { # numbers on standard input
    sort -n | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}

port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

start_server() { # CONCURRENT_BUILDS
    local state=$folder/state-$1 port
    port=$(port)
    export MBS_URL=http://127.0.0.1:$port
    cat >"$folder/config.yaml" <<END
extends: EmbeddedConfiguration
PORT: $port
STATE_DIR: $state
NUM_CONCURRENT_BUILDS: $1
RPMS_DEFAULT_REPOSITORY: file://$folder/git/rpms/
DEFAULT_BRANCH: main
REBUILD_STRATEGY: all
END
    MBS_CONFIG_FILE=$folder/config.yaml "$programs/mbs-manager" run >"$folder/server.log" 2>&1 &
    server=$!
    until curl -sf "$MBS_URL/module-build-service/2/about/" >/dev/null; do
        kill -0 "$server" 2>/dev/null || fail "the server ended: $(tail -n 5 "$folder/server.log")"
        sleep 0.1
    done
}

# Submits the module; prints when that was and the number of the build.
submit() {
    local scmurl submitted
    scmurl=$(DEMO_DIR=$folder/git "$project/scripts/demo.sh" --prepare)
    submitted=$(now)
    echo "$submitted" "$(curl -sf -H 'Content-Type: application/json' -d "{\"scmurl\": \"$scmurl\", \"branch\": \"main\"}" \
        "$MBS_URL/module-build-service/2/module-builds/" | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["id"])')"
}

build_state() { # BUILD
    curl -sf "$MBS_URL/module-build-service/2/module-builds/$1" |
        python3 -c 'import json, sys; build = json.load(sys.stdin); print(build["state_name"], build["state_reason"])'
}

# Builds the module once; prints build, seconds from POST to ready, milliseconds from POST to the first component.
build() { # CONCURRENT_BUILDS
    local submitted number state reason
    read -r submitted number < <(submit)
    while :; do
        read -r state reason < <(build_state "$number")
        case $state in
        ready) break ;;
        failed) fail "the demo module failed: $reason" ;;
        esac
        sleep 0.02
    done
    python3 - "$folder/state-$1/mbs.db" "$number" "$submitted" "$(now)" <<'END'
import datetime, sqlite3, sys
database, number, submitted, ended = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
first = sqlite3.connect(database).execute(
    "SELECT min(time_started) FROM component_builds WHERE module_id = ?", (number,)).fetchone()[0]
started = datetime.datetime.fromisoformat(first).replace(tzinfo=datetime.timezone.utc).timestamp()
print(number, round(ended - submitted, 3), round((started - submitted) * 1000))
END
}

# The longest time, in milliseconds, from the end of a batch to the start of the next one.
longest_gap() { # DATABASE BUILD
    python3 - "$1" "$2" <<'END'
import datetime, sqlite3, sys
batches = sqlite3.connect(sys.argv[1]).execute(
    "SELECT min(time_started), max(time_finished) FROM component_builds WHERE module_id = ? GROUP BY batch ORDER BY batch",
    (int(sys.argv[2]),)).fetchall()
time = datetime.datetime.fromisoformat
gaps = [(time(later[0]) - time(earlier[1])).total_seconds() * 1000 for earlier, later in zip(batches, batches[1:])]
print(round(max(gaps)))
END
}

# Lays out what bare rpmbuild gets: source packages by batch, and below layers/N what batch N sees as installed.
prepare_bare() { # CONCURRENT_BUILDS BUILD
    local results tag batch package
    tag=$(python3 -c 'import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute(
        "SELECT koji_tag FROM module_builds WHERE id = ?", (sys.argv[2],)).fetchone()[0])' "$folder/state-$1/mbs.db" "$2")
    results=$folder/state-$1/results/$tag/components
    python3 -c 'import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute(
    "SELECT batch, package FROM component_builds WHERE module_id = ? ORDER BY batch, id", (sys.argv[2],)): print(*row)' \
        "$folder/state-$1/mbs.db" "$2" >"$folder/batches"
    while read -r batch package; do
        mkdir -p "$folder/srpms/$batch" "$folder/layers/$batch"
        cp "$results/$package"/*/*.src.rpm "$folder/srpms/$batch/"
        for rpm in "$results/$package"/*/*.rpm; do
            case $rpm in *.src.rpm) continue ;; esac
            (cd "$folder/layers/$batch" && rpm2cpio "$rpm" | cpio --quiet -idu)
        done
        mkdir -p "$folder/layers/$batch/usr" "$folder/layers/$batch/etc"
    done <"$folder/batches"
}

# Rebuilds the source packages of all batches, so many at a time; prints the seconds.
bare() { # AT_A_TIME
    local start batch earlier usr etc
    rm -rf "$folder/bare"
    start=$(now)
    for batch in $(cut -d' ' -f1 "$folder/batches" | sort -nu); do
        usr=/usr etc=/etc
        for earlier in $(cut -d' ' -f1 "$folder/batches" | sort -nu); do
            [ "$earlier" -lt "$batch" ] || continue
            usr=$folder/layers/$earlier/usr:$usr etc=$folder/layers/$earlier/etc:$etc
        done
        # One topdir a package, or they would overwrite each other's files.
        # shellcheck disable=SC2016
        find "$folder/srpms/$batch" -name '*.src.rpm' -print0 | xargs -0 -n 1 -P "$1" sh -c '
            unshare --mount --propagation private $5 -- sh -c "
                [ $1 = /usr ] || { mount -t overlay -o ro,lowerdir=$1 bench /usr && mount -t overlay -o ro,lowerdir=$2 bench /etc; }
                exec rpmbuild --rebuild --nodeps --define \"_topdir $3/$(basename "$4")\" --define \"debug_package %{nil}\" $4
            " >"$3.log" 2>&1 || { tail -n 20 "$3.log" >&2; exit 255; }
        ' sh "$usr" "$etc" "$folder/bare" || fail "bare rpmbuild failed"
    done
    python3 -c "print(round($(now) - $start, 3))"
}

# Percent of one core over $idle seconds, and megabytes at the end.
idling() {
    python3 - "$server" "$idle" <<'END'
import os, sys, time
pid, seconds = sys.argv[1], float(sys.argv[2])
def used():
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
before = used()
time.sleep(seconds)
rss = next(int(line.split()[1]) for line in open(f"/proc/{pid}/status") if line.startswith("VmRSS"))
print(f"{(used() - before) / seconds * 100:.2f} {rss / 1024:.1f}")
END
}

row() { # WHAT MEASURED BOUND
    printf '| %-66s | %14s | %24s |\n' "$1" "$2" "$3"
}

measure() { # CONCURRENT_BUILDS: sets ready, first_ms, gap_ms, bare_seconds
    local number seconds milliseconds i
    start_server "$1"
    build "$1" >"$folder/warm-up"
    : >"$folder/ready" && : >"$folder/first" && : >"$folder/gap" && : >"$folder/bare-times"
    for ((i = 0; i < runs; i++)); do
        build "$1" >"$folder/measured"
        read -r number seconds milliseconds <"$folder/measured"
        echo "$seconds" >>"$folder/ready"
        echo "$milliseconds" >>"$folder/first"
        longest_gap "$folder/state-$1/mbs.db" "$number" >>"$folder/gap"
    done
    [ -e "$folder/batches" ] || prepare_bare "$1" "$number"
    for ((i = 0; i < runs; i++)); do
        bare "$1" >>"$folder/bare-times"
    done
    ready=$(median <"$folder/ready")
    first_ms=$(median <"$folder/first")
    gap_ms=$(median <"$folder/gap")
    bare_seconds=$(median <"$folder/bare-times")
}

main() {
    local ready first_ms gap_ms bare_seconds cpu memory
    [ -x "$programs/mbs-manager" ] || fail "there is no mbs-manager in $programs; run \"cargo build --release --bins\""
    [ "$(id -u)" -eq 0 ] || userns=(--user --map-root-user)
    trap clean_up EXIT
    row "what (median of $runs)" measured "allowed"
    row ":---" "---:" "---:"
    for at_a_time in 1 2; do
        measure "$at_a_time"
        row "bare rpmbuild --rebuild, $at_a_time at a time" "$bare_seconds s" ""
        row "the service, $at_a_time at a time: POST to ready" "$ready s" "$(python3 -c "print(round($bare_seconds * 1.1 + 2, 3))") s"
        row "the service, $at_a_time at a time: longest pause between two batches" "$gap_ms ms" "200 ms"
        row "the service, $at_a_time at a time: POST to the first component" "$first_ms ms" "500 ms"
        [ "$at_a_time" -eq 2 ] || stop_server
    done
    read -r cpu memory < <(idling)
    row "idle for $idle s after these builds: processor" "$cpu %" "1 % of one core"
    row "idle for $idle s after these builds: memory" "$memory MiB" "60 MB"
}

userns=()
main
