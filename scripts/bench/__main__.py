"""Measures the service on this machine and prints Markdown tables. docs/BENCHMARKS.md says what each row means.

usage: python3 scripts/bench [builds] [adoption] [rest] [throughput] [million] [expansion] [auth] [transitions] [events] [graphql]    (all of them, if none is named)

Figures are for people: a missed limit is printed, it is no failure. BENCH_QUICK=1 runs everything with small numbers, to see
that it works. The other settings are in settings.py.
"""

import sys

sys.dont_write_bytecode = True

import adoption
import auth
import builds
import events
import expansion
import graphql
import machine
import million
import rest
import settings
import throughput
import transitions

PARTS = {
    "builds": builds.measure,
    "adoption": adoption.measure,
    "rest": rest.measure,
    "throughput": throughput.measure,
    "million": million.measure,
    "expansion": expansion.measure,
    "auth": auth.measure,
    "transitions": transitions.measure,
    "events": events.measure,
    "graphql": graphql.measure,
}


def main(names):
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        sys.exit(f"bench: there is no part {', '.join(unknown)}; the parts are {', '.join(PARTS)}")
    if names not in (["expansion"], ["transitions"]):
        settings.check_programs()
    for name in names or PARTS:
        print(f"\n### {name}\n\n{machine.describe()}\n", flush=True)
        PARTS[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
