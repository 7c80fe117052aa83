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

# Builds the module once; prints the number of the build, seconds from POST to ready, milliseconds from POST to the first
# component. Both ends are taken from the database, so that asking seldom does not matter.
build() { # CONCURRENT_BUILDS
    local scmurl
    scmurl=$(DEMO_DIR=$folder/git "$project/scripts/demo.sh" --prepare)
    python3 - "$MBS_URL/module-build-service/2/module-builds/" "$folder/state-$1/mbs.db" "$scmurl" <<'END'
import datetime, json, sqlite3, sys, time, urllib.request
address, database, scmurl = sys.argv[1:]
def ask(path="", body=None):
    request = urllib.request.Request(address + path, body, {"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(request))
def time_of(question):
    text = sqlite3.connect(database).execute(question, (number,)).fetchone()[0]
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.timezone.utc).timestamp()
submitted = time.time()
number = ask(body=json.dumps({"scmurl": scmurl, "branch": "main"}).encode())[0]["id"]
while (answer := ask(str(number)))["state_name"] not in ("ready", "failed"):
    time.sleep(0.2)
if answer["state_name"] == "failed":
    sys.exit("bench: the demo module failed: " + answer["state_reason"])
ready = time_of("SELECT max(state_time) FROM module_builds_trace WHERE module_id = ? AND state = 5")
first = time_of("SELECT min(time_started) FROM component_builds WHERE module_id = ?")
print(number, round(ready - submitted, 3), round((first - submitted) * 1000))
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

# The script that rebuilds one source package, in a mount namespace where earlier batches are laid over /usr and /etc.
# As in the service, a package has a folder of its own, or it would overwrite files of another.
write_rebuild() {
    cat >"$folder/rebuild" <<'END'
set -eu
usr=$1 etc=$2 topdir=$3/$(basename "$4") srpm=$4
mkdir -p "$topdir"
if [ "$usr" != /usr ]; then
    mount -t overlay -o "ro,lowerdir=$usr" bench /usr
    mount -t overlay -o "ro,lowerdir=$etc" bench /etc
fi
if ! rpmbuild --rebuild --nodeps --define "_topdir $topdir" --define "debug_package %{nil}" "$srpm" >"$topdir.log" 2>&1; then
    echo "bench: bare rpmbuild of $(basename "$srpm") failed:" >&2
    tail -n 20 "$topdir.log" >&2
    exit 255
fi
END
}

# Rebuilds the source packages of all batches, so many at a time; prints the seconds.
bare() { # AT_A_TIME
    local start batch earlier usr etc
    rm -rf "$folder/bare"
    start=$(now)
    for batch in $(batch_numbers); do
        usr=/usr etc=/etc
        for earlier in $(batch_numbers); do
            [ "$earlier" -lt "$batch" ] || continue
            usr=$folder/layers/$earlier/usr:$usr etc=$folder/layers/$earlier/etc:$etc
        done
        find "$folder/srpms/$batch" -name '*.src.rpm' -print0 |
            xargs -0 -n 1 -P "$1" unshare --mount "${userns[@]}" --propagation private -- \
                sh "$folder/rebuild" "$usr" "$etc" "$folder/bare" || fail "bare rpmbuild failed"
    done
    python3 -c "print(round($(now) - $start, 3))"
}

batch_numbers() {
    cut -d' ' -f1 "$folder/batches" | sort -nu
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
    write_rebuild
    for ((i = 0; i < runs; i++)); do
        bare "$1" >>"$folder/bare-times"
    done
    ready=$(median <"$folder/ready")
    first_ms=$(median <"$folder/first")
    gap_ms=$(median <"$folder/gap")
    bare_seconds=$(median <"$folder/bare-times")
}

main() {
    local ready first_ms gap_ms bare_seconds cpu memory at_a_time
    [ -x "$programs/mbs-manager" ] || fail "there is no mbs-manager in $programs; run \"cargo build --release --bins\""
    [ "$(id -u)" -eq 0 ] || userns=(--map-root-user)
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
