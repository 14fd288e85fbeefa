# The house. `make run` from a fresh clone trades on paper; `make help` lists the rest. What is done is not done again:
# cargo and dune know by themselves, everything else by stamps in .build/ that are named after what they were made from.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# pip and npm write into one folder each; cargo and dune use every core by themselves.
.NOTPARALLEL:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory
SHELL := /bin/sh

export PATH := $(or $(CARGO_HOME),$(HOME)/.cargo)/bin:$(PATH)
export QF_BUILD := $(shell setup/build_id.sh)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

PYTHON := .venv/bin/python
key = $(shell cat $(1) | cksum | cut -d ' ' -f 1)
SYSTEM := .build/system-$(call key, setup/packages.txt setup/system_packages.sh setup/rust.sh)
PACKAGE := .build/package-$(call key, pyproject.toml requirements-build.lock)
RUNTIME := .build/runtime-$(call key, requirements.lock)
DEVELOP := .build/develop-$(call key, requirements-dev.lock)
RESEARCH := .build/research-$(call key, requirements-research.lock)
NATIVE := .build/native-$(call key, requirements-research.lock market_data/Cargo.toml market_data/Cargo.lock \
	$(sort $(shell find $(addprefix market_data/, venue book wire capture session python) -name '*.rs' -o -name '*.toml')))
LINTERS := .build/linters-$(call key, setup/lint/package-lock.json)
PAGE_SOURCES := $(sort $(shell find strategy/dashboard -name node_modules -prune -o -type f -print))
PAGE_TOOLS := .build/page-tools-$(call key, strategy/dashboard/package-lock.json)
PAGE := .build/page-$(call key, $(PAGE_SOURCES))
WARM := .build/warm-$(call key, requirements.lock $(sort $(shell find strategy/quantumflow -name '*.py')))

## Use it

.PHONY: help setup run research image
help: ## this list
	@awk -F ':.*## ' '/^## /{printf "\n%s\n", substr($$0, 4)} /^[a-z_-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

setup: programs $(PAGE) $(WARM) ## install and build everything that is missing

run: setup ## setup, then trade on paper until Ctrl-C; ARGS="--venue sim --for 90" passes flags
	@.venv/bin/quantumflow up $(ARGS)

research: setup $(RESEARCH) $(NATIVE) ## setup, then what research needs: data, backtests, notebooks, in the same .venv

.PHONY: watch
watch: programs ## Prometheus (and Grafana, if it is installed) beside the appliance that runs; ARGS="--data-dir data/sim"
	@$(PYTHON) setup/watch.py $(ARGS)

IMAGE := quantumflow
image: ## the whole appliance as a container image, by docker; docs/DEPLOY.md runs it
	@setup/image.sh $(IMAGE)

## Change it

.PHONY: test check bench bench-peers bench-search overload crash faults fuzz mutants soak page-soak reliability docs clean
test: programs $(PAGE) $(WARM) $(DEVELOP) $(RESEARCH) $(NATIVE) $(SYSTEM)-dev $(PAGE_TOOLS)-dev ## every suite of every language
	@setup/suites.sh test

check: programs $(PAGE) $(WARM) $(DEVELOP) $(RESEARCH) $(NATIVE) $(SYSTEM)-dev $(PAGE_TOOLS)-dev $(LINTERS) ## what CI runs: format, lint, types, tests, vectors, tidy
	@setup/suites.sh check

bench: programs $(WARM) $(RESEARCH) $(NATIVE) ## the budgets, as ratios and absolute; ARGS="--json" or ARGS="--write docs/PERFORMANCE.md"
	@$(PYTHON) tests/bench/budgets.py $(ARGS)

bench-search: $(RESEARCH) ## a bar and configuration of the search, and vectorbt's; ARGS="--peer-python PATH --dataset NAME"
	@$(PYTHON) strategy/bench/search_bench.py $(ARGS)

bench-peers: programs $(WARM) $(RESEARCH) $(NATIVE) ## other backtesters on the same events, from the registry into .build/peers; ARGS="--write docs/PERFORMANCE.md"
	@PYTHONPATH=tests $(PYTHON) tests/bench/peers/compare.py $(ARGS)

overload: programs $(WARM) ## the trader's latency with and without a crowd at the API, as a ratio; ARGS="--seconds 30"
	@$(PYTHON) tests/bench/overload.py $(ARGS)

faults: programs $(WARM) ## the whole fault matrix as a table; ARGS="--seeds 3 --case 'F1*' --json"
	@$(PYTHON) tests/faults/matrix.py $(ARGS)

crash: programs $(WARM) $(DEVELOP) ## 200 kills under load, the history checked: ten minutes; ARGS="--kills 1000 --seed 7"
	@PYTHONPATH=tests $(PYTHON) -m crash $(ARGS)

fuzz: programs $(DEVELOP) $(SYSTEM)-dev ## random bytes into every parser, FUZZ_SECONDS=60 each; by cargo-fuzz where nightly Rust is
	@setup/fuzz.sh $(ARGS)

mutants: programs $(DEVELOP) $(SYSTEM)-dev ## deliberate bugs, each of which must turn a test red; ARGS="--only NAME"
	@$(PYTHON) tests/mutants/run.py $(ARGS)

soak: programs $(WARM) $(DEVELOP) ## the appliance for SOAK_MINUTES=2 at a high rate: nothing may grow or fall behind
	@$(PYTHON) tests/soak/run.py $(ARGS)

page-soak: programs $(PAGE) $(WARM) $(DEVELOP) $(SYSTEM)-dev ## the page in a browser for PAGE_MINUTES=5 at full rate: its heap may not grow
	@PYTHONPATH=tests $(PYTHON) -m page.soak $(ARGS)

reliability: $(RUNTIME) $(PACKAGE) ## docs/RELIABILITY.md from what the tests recorded; it runs none of them
	@$(PYTHON) tests/reliability/page.py --write docs/RELIABILITY.md $(ARGS)

docs: $(SYSTEM)-dev ## regenerate the tables that come from the code
	@cd core_risk && dune build --root . @docs --auto-promote

clean: ## remove everything that was built; data/ stays
	rm -rf .build .venv market_data/target core_risk/_build strategy/quantumflow.egg-info strategy/quantumflow/build.txt
	rm -rf strategy/dashboard/node_modules strategy/quantumflow/web/page
	find strategy reports tests -name __pycache__ -prune -exec rm -rf {} +

# The programs of the three languages

.PHONY: programs rust_programs ocaml_programs build_id
programs: rust_programs ocaml_programs build_id $(RUNTIME) $(PACKAGE)

rust_programs: $(SYSTEM)-run
	@[ -e market_data/target/release/market_data ] || echo "==> market_data and exchange_sim (Rust, release: some minutes the first time)"
	@cd market_data && cargo build --release --locked -p feed -p exchange_sim

ocaml_programs: $(SYSTEM)-run
	@[ -e core_risk/_build/default/bin ] || echo "==> core_risk (OCaml)"
	@cd core_risk && dune build --root . ./bin/core_risk.exe

build_id:
	@printf '%s\n' '$(QF_BUILD)' | cmp -s - strategy/quantumflow/build.txt || \
		{ echo "==> build $(QF_BUILD)"; printf '%s\n' '$(QF_BUILD)' >strategy/quantumflow/build.txt; }

# What they stand on

$(SYSTEM)-run $(SYSTEM)-dev: | .build
	@setup/system_packages.sh $(patsubst $(SYSTEM)-%,%,$@)
	@setup/rust.sh $(patsubst $(SYSTEM)-%,%,$@)
	@touch $@

$(LINTERS): setup/lint/package.json $(SYSTEM)-dev
	@echo "==> linters of setup/lint/package-lock.json"
	@mkdir -p .build/lint && cp setup/lint/package.json setup/lint/package-lock.json .build/lint/
	@cd .build/lint && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# Tools for the build alone, or with those that check it: what checks contains what builds.
$(PAGE_TOOLS)-run: $(SYSTEM)-run
	@[ -e $(PAGE_TOOLS)-dev ] || { echo "==> what builds the page, of strategy/dashboard/package-lock.json"; \
		cd strategy/dashboard && npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error; }
	@touch $@

$(PAGE_TOOLS)-dev: $(SYSTEM)-dev $(PAGE_TOOLS)-run
	@echo "==> what builds and checks the page, of strategy/dashboard/package-lock.json"
	@cd strategy/dashboard && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(PAGE): $(PAGE_TOOLS)-run
	@echo "==> the web page"
	@cd strategy/dashboard && npm run --silent build -- --logLevel warn
	@touch $@

.venv/bin/pip: | $(SYSTEM)-run
	@echo "==> Python environment in .venv"
	@python3 -m venv .venv

$(RUNTIME): .venv/bin/pip
	@echo "==> Python packages of requirements.lock"
	@$(PYTHON) -m pip install -q --require-hashes -r requirements.lock
	@touch $@

$(DEVELOP): .venv/bin/pip $(RUNTIME)
	@echo "==> Python packages of requirements-dev.lock"
	@$(PYTHON) -m pip install -q --require-hashes -r requirements-dev.lock
	@touch $@

$(RESEARCH): .venv/bin/pip $(RUNTIME)
	@echo "==> Python packages of requirements-research.lock (some minutes the first time)"
	@$(PYTHON) -m pip install -q --require-hashes -r requirements-research.lock
	@touch $@

# The feed's own code as a Python module, for research alone.
$(NATIVE): $(RESEARCH) $(SYSTEM)-run
	@echo "==> quantumflow_native (Rust, some minutes the first time)"
	@rm -rf .build/wheel
	@cd market_data/python && ../../.venv/bin/maturin build --quiet --locked --profile native --out ../../.build/wheel
	@$(PYTHON) -m pip install -q --no-deps --no-index --force-reinstall .build/wheel/*.whl
	@touch $@

$(PACKAGE): .venv/bin/pip | $(RUNTIME)
	@echo "==> the package quantumflow, editable"
	@$(PYTHON) -m pip install -q --require-hashes -r requirements-build.lock
	@$(PYTHON) -m pip install -q --no-deps --no-build-isolation -e .
	@touch $@

# The kernels' cache is named after the content of every source of the package: any change compiles them anew.
$(WARM): $(RUNTIME) $(PACKAGE)
	@echo "==> the engine's kernels (Numba: about a minute the first time)"
	@$(PYTHON) -m quantumflow.warm
	@touch $@

.build:
	@mkdir -p $@
