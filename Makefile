# Two commands for a fresh machine: `make run` and `make test`. The others are for people who work on the service.

MANAGER = target/debug/mbs-manager
STATE = $(CURDIR)/var

.PHONY: run test contract check bench bench-expansion bench-transitions bench-programs demo build setup schema expansion

## Install what is missing, build, and run the service on embedded defaults, everything under var/.
run: build
	MBS_CONFIG_FILE= MBS_STATE_DIR=$(STATE) \
		MBS_RPMS_DEFAULT_REPOSITORY=file://$(STATE)/demo/git/rpms/ $(MANAGER) run

build:
	./scripts/setup.sh run
	cargo build --locked --bins

## Install what is missing, build, and run every test.
test:
	./scripts/setup.sh test
	./scripts/python.sh rpkg
	./scripts/python.sh schemathesis
	./scripts/node.sh identity-provider
	./scripts/node.sh graphql
	cargo build --locked --workspace --all-targets
	cargo test --locked --workspace --no-fail-fast

## Replay the recorded REST contract on SQLite and PostgreSQL; MBS_CONTRACT_CASES=DIR replays the cases of another folder.
contract:
	./scripts/setup.sh test
	cargo build --locked --bins
	cargo test --locked --quiet -p tests --test contract -- --nocapture on_

## Formatting, lints, and the GraphQL schema.
check:
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo run --locked --quiet --bin mbs-manager -- schema | diff schema.graphql - \
		|| { echo "schema.graphql is not up to date: run 'make schema'"; exit 1; }

schema:
	cargo run --locked --quiet --bin mbs-manager -- schema > schema.graphql

## Recorded submissions, hashes and names against modulemd, and the submissions against the whole service;
## MBS_EXPANSION_CASES=DIR takes other cases.
expansion:
	$(EXPANSION_CASES) cargo test --locked -p modulemd --test expansion -- --nocapture --test-threads=1
	$(EXPANSION_CASES) cargo test --locked -p server --test expansion -- --nocapture

EXPANSION_CASES = $(if $(MBS_EXPANSION_CASES),MBS_EXPANSION_CASES=$(abspath $(MBS_EXPANSION_CASES)))

## Measure everything; docs/BENCHMARKS.md explains the figures. BENCH_QUICK=1 only shows that it works.
bench: bench-programs
	python3 scripts/bench

## One part: bench-builds, bench-adoption, bench-rest, bench-throughput, bench-million, bench-expansion, bench-auth,
## bench-transitions, bench-events, bench-graphql.
bench-expansion:
	cargo build --locked --release -p modulemd --example measure_expansion
	python3 scripts/bench expansion

bench-transitions:
	cargo build --locked --release -p jobs --example measure_throughput
	python3 scripts/bench transitions

bench-%: bench-programs
	python3 scripts/bench $*

bench-programs:
	./scripts/setup.sh bench
	cargo build --locked --release --bins
	cargo build --locked --release -p modulemd --example measure_expansion
	cargo build --locked --release -p jobs --example measure_throughput

## Submit examples/testmodule to the running service and watch it to the end.
demo:
	cargo build --locked --bins
	./scripts/demo.sh
