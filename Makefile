# Two commands for a fresh machine: `make demo` and `make test`. Plain `make` lists them all.

ifeq ($(OS),Windows_NT)
PYTHON ?= python
BIN = $(VENV)/Scripts
else
PYTHON ?= python3
BIN = $(VENV)/bin
endif
VENV ?= .venv
# What pip is told about PyTorch. On Linux the plain name brings the CUDA build; the README has the lines for a CPU build.
TORCH ?= torch
PIP = $(BIN)/python -m pip install --quiet --constraint constraints.txt

.DEFAULT_GOAL := help
.PHONY: help demo instrument test test-quick check format hooks build clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s%s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

# The version stands in __init__.py: the installed metadata must follow it.
$(VENV)/installed: pyproject.toml constraints.txt wavegan_src/__init__.py
	$(PYTHON) -m venv $(VENV)
	$(PIP) $(TORCH)
	$(PIP) --editable '.[dev]'
	@$(PIP) pesq || echo "PESQ is left out: it is published as source only and needs a C compiler; all else works."
	touch $@

demo: $(VENV)/installed  ## train the test preset on built-in sound, then say where to listen and look
	$(BIN)/python WaveGAN.py --config config_test

# A drive model: the one in the box, a run's folder or a checkpoint: `make instrument MODEL=my_engines`.
MODEL ?= pretrained

instrument: $(VENV)/installed  ## build engine.html, on which one drives the engines of MODEL in a browser
	$(BIN)/python WaveGAN.py export instrument --checkpoint $(MODEL) --out engine.html

# As many processes as there are cores, unless told otherwise: `make test WORKERS=1`.
WORKERS ?= auto
PYTEST = $(BIN)/python -m pytest -n $(WORKERS) --maxprocesses 8 --dist worksteal

test: $(VENV)/installed  ## run all tests, some minutes
	$(PYTEST)

test-quick: $(VENV)/installed  ## run the tests that take less than a fifth of a second each
	$(PYTEST) -m "not slow"

check: $(VENV)/installed  ## check style, types, import directions, dead code and the CI workflow
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/vulture
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/ci.yml
	@if command -v actionlint; then actionlint; else echo "actionlint is not installed: the workflow was only checked against its schema."; fi

format: $(VENV)/installed  ## mend style and layout of the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

hooks: $(VENV)/installed  ## run `make check` before every commit
	$(BIN)/pre-commit install

build: $(VENV)/installed  ## build the wheel and the source archive in dist/
	$(BIN)/python -m build --no-isolation

clean:  ## delete the virtual environment and what was built
	rm -rf $(VENV) build dist *.egg-info
