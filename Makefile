# Two commands on a fresh machine with Python 3.11+ and a network that reaches PyPI:
#   make example   set up everything and build the example product's site and technical file
#   make test      set up everything and run all checks: lint, types, tests
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
JOBS ?= auto

.PHONY: example test lint types check docs clean

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "sphinx-cra needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group lint --group test --group docs -e '.[exchange,parity,pdf,sbom]'
	@touch $@

example: $(STAMP)
	$(BIN)/sphinx-build -q -W -n -b html example-docs build/example/html
	$(BIN)/sphinx-build -q -W -n -d build/example/.doctrees -b cra example-docs build/example/technical-file
	@echo
	@echo "Site:            build/example/html/index.html"
	@echo "Technical file:  build/example/technical-file/technical-file.pdf"
	@echo "Matrix and data: build/example/technical-file/matrix.xlsx, matrix.csv, assessment.json"
	@echo "To hand over:    build/example/technical-file/technical-file.zip"

test: lint types check

lint: $(STAMP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(STAMP)
	$(BIN)/mypy

check: $(STAMP)
	$(BIN)/pytest -q -n $(JOBS)

docs: $(STAMP)
	$(BIN)/sphinx-build -q -W -n -b html docs build/docs

clean:
	rm -rf build dist .mypy_cache .pytest_cache .ruff_cache
