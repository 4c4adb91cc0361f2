# Needs only make and Python 3.11 or newer with venv. Everything is installed into .venv.
#
#   make           lint and tests
#   make demo      invents a cold-case unit, links it, writes a report into demo/
#   make help      all targets
#
# Another Python: make test PYTHON=python3.13
# One process for all tests (there is one for each core): make test WORKERS=0
#
# The store's tests also run on PostgreSQL: on a server of their own where initdb is installed, else
# on the one that REOPEN_TEST_POSTGRES=postgresql://... names. Faults at system calls need a C
# compiler. What had to be skipped is listed at the end, with the reason.

VENV := .venv
BIN := $(VENV)/bin

NEW_ENOUGH := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
ifndef PYTHON
PYTHON := $(shell for python in python3 python3.13 python3.12 python3.11 python; do \
	if $$python -c '$(NEW_ENOUGH)' >/dev/null 2>&1; then echo $$python; break; fi; done)
endif

# The stamps carry the Python's version, so that another PYTHON makes a new environment.
VERSION := $(shell $(PYTHON) -c 'import platform; print(platform.python_version())' 2>/dev/null)
MADE := $(VENV)/made-with-$(VERSION)
RUN := $(VENV)/run-$(VERSION)
DEV := $(VENV)/dev-$(VERSION)

PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
LOCKED := install --require-hashes --only-binary :all:
OURSELVES := install --no-deps --no-build-isolation --editable .

.PHONY: all demo test lint types imports unit faults lock clean help

all: test

test: lint types imports unit ## lint, types, import order and tests (the default)

demo: $(RUN) ## a whole invented unit: profiles, links and a report, in demo/
	$(BIN)/reopen demo --out demo

lint: $(DEV) ## ruff
	$(BIN)/ruff check --quiet .

types: $(DEV) ## mypy --strict
	$(BIN)/mypy

imports: $(DEV) ## rooms import only from lines below them
	$(BIN)/lint-imports --no-logo

unit: $(DEV) ## pytest, on SQLite and, where there is one, on PostgreSQL
	$(BIN)/pytest --quiet $(SPREAD)

# Whole files go to a worker, in the order of their names: what a file's tests share is made once,
# and the files that take longest, tests/faces, are not begun last.
WORKERS := auto
SPREAD = --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

faults: $(DEV) ## the store killed at every single step, and after a power cut at every moment: ten minutes
	$(BIN)/pytest --quiet -m exhaustive tests/store

lock: ## renew requirements/*.txt; needs uv (UPGRADE= adds what is new alone)
	@command -v $(firstword $(UV)) >/dev/null || { echo "make lock needs uv: python3 -m pip install uv"; exit 1; }
	$(COMPILE) --group build pyproject.toml --output-file requirements/run.txt
	$(COMPILE) --group build --group dev pyproject.toml --constraint requirements/run.txt \
		--output-file requirements/dev.txt

# One version of each library for all Pythons: the same numbers everywhere.
UV := uv
UPGRADE := --upgrade
COMPILE = $(UV) pip compile --quiet $(UPGRADE) --universal --python-version 3.11 \
	--fork-strategy fewest --generate-hashes --no-emit-index-url --no-header --no-annotate

clean: ## remove the environment, caches and the demo
	rm -rf $(VENV) demo build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache \
		.hypothesis
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' Makefile

$(MADE):
	@$(or $(PYTHON),false) -c '$(NEW_ENOUGH)' 2>/dev/null || { \
		echo "No Python 3.11 or newer with venv was found ($(or $(PYTHON),python3) is not one)."; \
		echo "Debian: apt install python3-venv. macOS: brew install python."; \
		echo "Or name one: make demo PYTHON=/path/to/python3.12"; exit 1; }
	@echo "Making $(VENV) with Python $(VERSION) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(RUN): $(MADE) requirements/run.txt pyproject.toml
	@echo "Installing the libraries of requirements/run.txt ..."
	@$(PIP) $(LOCKED) --requirement requirements/run.txt
	@$(PIP) $(OURSELVES)
	@touch $@

$(DEV): $(RUN) requirements/dev.txt
	@echo "Installing the tools of requirements/dev.txt ..."
	@$(PIP) $(LOCKED) --requirement requirements/dev.txt
	@touch $@
