# Needs only make and Python 3.11 or newer. Each target sets up what it needs in .venv, once:
# the stamp file is older than pyproject.toml or constraints.txt only when one of them changed.

WORKSPACE ?= data/sample
PORT ?= 8501
WORKERS ?= 3
EXTRAS ?= dev

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help app test lint types bench clean
.DELETE_ON_ERROR:

help:
	@echo "make app     serve the dashboard of a workspace (WORKSPACE=$(WORKSPACE) PORT=$(PORT))"
	@echo "make test    format, lint, types, docstring examples and every test (WORKERS=$(WORKERS) EXTRAS=$(EXTRAS))"
	@echo "make lint    format, lint and types only"
	@echo "make bench   the benchmarks behind docs/performance.md"
	@echo "make clean   remove what the other targets made"

# The newest of these that runs, is new enough and can make virtual environments. A version manager may
# put names on the path that do not run, so each is tried rather than looked up.
$(STAMP): pyproject.toml constraints.txt
	@for candidate in python3.13 python3.12 python3.11 python3; do \
	    if $$candidate -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
	    then python=$$candidate; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	    echo "Python 3.11 or newer (with venv) is needed, and none was found on the path." >&2; exit 1; \
	fi; \
	echo "Setting up $(VENV) with $$($$python --version)"; \
	$$python -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	    --constraint constraints.txt --editable '.[$(EXTRAS)]'
	@touch $@

# `store/current` names the published build; without it there is nothing to serve yet.
app: $(STAMP)
	@test -e "$(WORKSPACE)/store/current" || $(BIN)/segmodel build "$(WORKSPACE)"
	@$(BIN)/segmodel app "$(WORKSPACE)" --port $(PORT)

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

test: lint
	$(BIN)/pytest --numprocesses $(WORKERS)

bench: $(STAMP)
	@set -e; for script in benchmarks/[!_]*.py; do \
	    echo "== $$script"; $(BIN)/python "$$script"; \
	done

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	rm -rf data/sample/store data/sample/models benchmarks/results
	find app segmodel tests benchmarks data -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
