#!/usr/bin/env bash
# Submits examples/testmodule to the running service and watches it to the end.
#
# The module and its components become git repositories below var/demo/git: modules/testmodule and rpms/<component>, each
# bare with the branch main. The first run makes the same commits everywhere; every later one adds a commit to the module,
# so that it is built again under a new version.
#
# usage: scripts/demo.sh              make the repositories, submit, watch
#        scripts/demo.sh --prepare    only make the repositories and print the SCM URL
#
# Environment: DEMO_DIR   where the repositories are made [var/demo/git]
#              MBS_BUILD  the client [target/debug/mbs-build]
#              MBS_URL    the service, as for mbs-build [http://127.0.0.1:5000]
set -euo pipefail

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
sources=$project/examples/testmodule
repositories=${DEMO_DIR:-$project/var/demo/git}
client=${MBS_BUILD:-$project/target/debug/mbs-build}
state=${MBS_STATE_DIR:-$project/var}
first_date=1767225600 # 2026-01-01T00:00:00Z

# Nothing of the user's git settings, nor of a git that called us, may change what is committed.
unset "${!GIT_@}"
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=Demo GIT_AUTHOR_EMAIL=demo@example.com
export GIT_COMMITTER_NAME=Demo GIT_COMMITTER_EMAIL=demo@example.com

fail() {
    echo "demo: $*" >&2
    exit 1
}

# git on a bare repository, with a folder of the project as its working tree.
in_repository() { # REPOSITORY FOLDER ARGUMENTS…
    git --git-dir="$1" --work-tree="$2" -c core.bare=false -c core.autocrlf=false "${@:3}"
}

make_repository() { # REPOSITORY
    [ -e "$1/HEAD" ] && return
    mkdir -p "$(dirname "$1")"
    git init --quiet --bare --template= --initial-branch=main "$1"
}

commit() { # REPOSITORY FOLDER SECONDS MESSAGE ARGUMENTS…
    GIT_AUTHOR_DATE="$3 +0000" GIT_COMMITTER_DATE="$3 +0000" in_repository "$1" "$2" commit --quiet -m "$4" "${@:5}"
}

# A component gets a commit when its files are not those of the last one.
commit_component() { # NAME
    local repository=$repositories/rpms/$1 folder=$sources/rpms/$1
    make_repository "$repository"
    in_repository "$repository" "$folder" add --all
    if ! in_repository "$repository" "$folder" rev-parse --quiet --verify HEAD >/dev/null ||
        ! in_repository "$repository" "$folder" diff --cached --quiet HEAD; then
        commit "$repository" "$folder" "$first_date" "Sources of $1"
    fi
}

# The time of the module's commit becomes its version, so every commit is later than the last.
commit_module() {
    local repository=$repositories/modules/testmodule date=$first_date last
    make_repository "$repository"
    if last=$(git --git-dir="$repository" log -1 --format=%ct 2>/dev/null); then
        date=$(date +%s)
        [ "$date" -gt "$last" ] || date=$((last + 1))
    fi
    in_repository "$repository" "$sources" add testmodule.yaml
    commit "$repository" "$sources" "$date" "A module that uses what modules have" --allow-empty
}

scmurl() {
    local repository=$repositories/modules/testmodule
    echo "file://$repository?#$(git --git-dir="$repository" rev-parse main)"
}

# How to use what was built, with a dnf that keeps its notes in a folder of the demo instead of changing this machine.
explain() { # BUILD
    local tag repository platform root=$project/var/demo/root
    tag=$("$client" info "$1" | sed -n 's/^Tag  *//p')
    repository=$(find "$state" -maxdepth 4 -type d -path "*/$tag/repo" -print -quit 2>/dev/null || true)
    if [ -z "$tag" ] || [ -z "$repository" ]; then
        echo "The repository is in the service's results folder, under ${tag:-the tag that \"mbs-build info $1\" shows}."
        return
    fi
    # shellcheck source=/dev/null
    platform=$(. /etc/os-release && echo "${ID:-linux}${VERSION_ID:-}")
    cat <<EOF

The repository is $repository

See what is in it; this changes nothing on this machine:
  demo() { dnf --quiet --repofrompath=demo,file://$repository --repo=demo --nogpgcheck --releasever=1 \\
    --setopt=module_platform_id=platform:$platform --installroot=$root "\$@"; }
  demo module list
  demo module info --profile testmodule
  demo -y module enable testmodule:main
  demo repoquery --requires --resolve greet
  demo download greet libgreet       (Debian: from the package dnf-plugins-core)

Install it on Fedora:
  sudo dnf --repofrompath=demo,file://$repository --nogpgcheck module install testmodule:main/default
EOF
}

prepare() {
    local folder
    command -v git >/dev/null || fail "git is needed; run \"make run\" first, which installs it"
    for folder in "$sources"/rpms/*/; do
        commit_component "$(basename "$folder")"
    done
    commit_module
}

run() {
    local submitted builds build status=0
    [ -x "$client" ] || fail "there is no client at $client; run \"cargo build --bin mbs-build\" or set MBS_BUILD"
    submitted=$("$client" submit "$(scmurl)" main) || {
        status=$?
        [ $status -ne 4 ] || echo "demo: start the service first, in another terminal: make run" >&2
        exit $status
    }
    echo "$submitted"
    mapfile -t builds < <(sed -n 's/^Build \([0-9][0-9]*\):.*/\1/p' <<<"$submitted")
    "$client" watch "${builds[@]}"
    for build in "${builds[@]}"; do
        explain "$build"
    done
}

case ${1:-} in
--prepare)
    prepare
    scmurl
    ;;
"")
    prepare
    run
    ;;
*)
    fail "unknown argument \"$1\"; see the top of this script"
    ;;
esac
