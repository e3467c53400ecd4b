# Two commands for a fresh machine: `make demo` and `make test`.

PYTHON ?= python3
VENV ?= .venv
# What pip is told about PyTorch. On Linux the plain name brings the CUDA build; the README has the lines for a CPU build.
TORCH ?= torch
BIN := $(VENV)/bin

.PHONY: demo test check clean

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --constraint constraints.txt $(TORCH)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@$(BIN)/pip install --quiet --constraint constraints.txt pesq || echo "PESQ is left out: it is published as source only and wants a C compiler; all else works."
	touch $@

demo: $(VENV)/installed  ## train the test preset on embedded stand-in data, then say where to listen and look
	$(BIN)/python WaveGAN.py --config config_test

test: $(VENV)/installed  ## all tests
	$(BIN)/python -m pytest

check: $(VENV)/installed  ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:
	rm -rf $(VENV) build dist *.egg-info
