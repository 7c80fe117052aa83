#!/bin/sh
# Greets somebody with greet, hail and pygreet; fails unless all say the same.
set -eu

name=${1:-world}
expected=$(greet "$name")
for said in "$(hail "$name")" "$(pygreet "$name")"; do
    if [ "$said" != "$expected" ]; then
        echo "greet-suite: \"$said\" is not \"$expected\"" >&2
        exit 1
    fi
done
echo "All say: $expected"
