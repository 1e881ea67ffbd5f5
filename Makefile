# Two commands are all a newcomer needs: `make drill` and `make test`. Each sets up what it uses.

VENV    := .venv
BIN     := $(VENV)/bin
RUN     := $(VENV)/.run
DEV     := $(VENV)/.dev
STORY   ?= root-compromise-contingency
TARGET  ?= mqtt
OUT     ?= runs/$(STORY)-$(shell date -u +%Y%m%dT%H%M%SZ)
WORKERS ?= $(shell nproc)
SWEEP   ?= full
TIME    ?= 60
REPEAT  ?= 2
SEED    ?= 1
COUNT   ?= 30

# The reference messages are not ours to copy: they are used where they stand, if they do.
RTDS := $(abspath ../shared/rtds)
ifeq ($(origin GBCS_RTDS),undefined)
ifneq ($(wildcard $(RTDS)/messages),)
export GBCS_RTDS := $(RTDS)
endif
endif

# Where it is set, each of the thousand processes that tests start compiles every module anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help drill test test-slow check lint format types layers docs pictures planted mutants sanitized fuzz \
	fuzz-octets fuzz-long sweep board-test engine wheel \
	release-check tools board-tools browser-tools lock clean

help:  ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

drill: $(RUN)  ## the Root falls and every device survives it, over MQTT (STORY=, TARGET=, OUT=)
	$(BIN)/firmware-sim drill run $(STORY) --target $(TARGET) --out $(OUT)

test: $(DEV) tools board-tools  ## the tests (the slow ones and the planted bugs apart)
	$(BIN)/pytest -n $(WORKERS) -m "not planted and not slow"

test-slow: $(DEV) tools board-tools browser-tools  ## the tests that run emulated boards and whole programs
	$(BIN)/pytest -n $(WORKERS) -m "slow and not planted"

check:  ## what .ci/run does: lint, types, layers, docs, drill, tests, planted, fuzz, sweep, board
	.ci/run

lint: $(DEV)  ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(DEV)  ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(DEV)  ## mypy, strict, over code and tests
	$(BIN)/mypy

layers: $(DEV)  ## import-linter: floors go one way
	$(BIN)/lint-imports --no-logo

docs: $(DEV)  ## the documentation, into site/
	$(BIN)/sphinx-build --builder html --quiet --fail-on-warning --doctree-dir build/docs docs site

pictures: $(DEV) browser-tools  ## the pictures of the documentation anew, into docs/pictures
	$(BIN)/python -m scripts.pictures docs/pictures

planted: $(DEV) tools board-tools  ## each planted bug must turn its own test red
	$(BIN)/pytest -n $(WORKERS) -m planted tests/planted

mutants: $(DEV)  ## small changes of the code that a test should notice: a score (SEED=, COUNT=)
	$(BIN)/python -m tests.mutants --seed $(SEED) --count $(COUNT)

sanitized: $(DEV) board-tools  ## the firmware's tests on this computer, under ASan and UBSan
	$(BIN)/python -m tests.sanitized -n $(WORKERS)

fuzz: fuzz-octets  ## hostile octets for TIME seconds, then fresh examples for the property tests
	HYPOTHESIS_PROFILE=fresh $(BIN)/pytest -q -n $(WORKERS) -m "hypothesis and not planted"

fuzz-octets: $(DEV)
	$(BIN)/python -m tests.fuzz --seconds $(TIME) --out runs/fuzz

fuzz-long:  ## the same for half an hour or more, as often as REPEAT says; keeps what it finds
	for round in $$(seq $(REPEAT)); do $(MAKE) --no-print-directory fuzz TIME=900 || exit 1; done

sweep: $(RUN)  ## power cuts everywhere (SWEEP=quick, default, full or pairs; default: full)
	@mkdir -p runs
	$(BIN)/firmware-sim sweep run --effort $(SWEEP) --workers $(WORKERS) --junit runs/sweep.xml

board-test: $(DEV) board-tools  ## firmware on an emulated board: drills, twins, cuts, wheel
	scripts/board-test $(VENV) runs/board

engine: $(RUN)  ## the firmware as a library of this computer, for --target native
	@scripts/tools engine
	$(BIN)/firmware-sim engine build

wheel: $(DEV) board-tools  ## into dist/, with the firmware ready-made, for boards and as a library
	scripts/wheel $(VENV) dist

release-check: $(DEV) board-tools browser-tools  ## wheels, sdist, parts and CI files, into dist/, looked at
	scripts/release-check $(VENV) dist

tools:  # Debian packages that some tests need
	@scripts/tools

browser-tools:  # what looks at a report: Chromium, axe-core
	@scripts/tools browser

board-tools:  # Debian packages that build, emulate and check the firmware
	@scripts/tools board

lock:  ## choose versions anew and pin them by hash
	scripts/lock

clean:  ## remove what the Makefile made (runs/ stays)
	rm -rf $(VENV) site build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		.import_linter_cache

# What a drill needs is installed first and alone: the first command should not wait for linters.
$(RUN): requirements/run.txt pyproject.toml scripts/bootstrap scripts/apt
	scripts/bootstrap $(VENV) requirements/run.txt
	@touch $@

$(DEV): requirements/dev.txt $(RUN)
	scripts/bootstrap $(VENV) requirements/dev.txt
	@touch $@
