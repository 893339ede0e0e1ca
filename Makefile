VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PYTHON ?= python3
SHARE ?= 1
CASES ?=

.PHONY: run test lint types unit mutants bench mutation chromium screenshots docs clean

run: $(READY)
	$(BIN)/noetl-harness run

test: lint types unit

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

unit: $(READY)
	$(BIN)/pytest -n 2

mutants: $(READY)
	$(BIN)/python tests/suite/mutate.py --share $(SHARE) $(CASES)

bench: $(READY)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[bench]'
	$(BIN)/python -m benchmarks

mutation: $(READY)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[mutation]'
	nice $(BIN)/mutmut run --max-children 1
	$(BIN)/mutmut export-cicd-stats
	$(BIN)/python -m benchmarks.mutation

# Tests with the marker `browser` are left out, with a word about it, where Debian's Chromium is not installed.
chromium:
	@command -v chromium >/dev/null || test "$$(id -u)" != 0 || { apt-get update -qq && apt-get install -y -qq chromium; }

screenshots: $(READY) chromium
	$(BIN)/python tests/report/screenshots.py

docs: $(READY)
	$(BIN)/python tests/docs/made_pages.py

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	$(BIN)/python -m compileall -q harness
	touch $@

clean:
	rm -rf $(VENV) mutants .mypy_cache .pytest_cache .ruff_cache .node reports/runs
