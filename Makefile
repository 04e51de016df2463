# Two commands do all the set-up on a fresh machine: `make demo` and `make test`.
# Settings: PYTHON=python3.12  VENV=.venv  PYTEST="-x -k lips"

VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
PYTEST ?= -n 2 --dist loadfile

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo install dev fetch gl test lint unit bench bake clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: install gl fetch ## set up, then see and hear the main job (a window, or an MP4 and a PNG)
	$(BIN)/avatar demo

install: $(VENV)/.installed ## .venv with the package and all its extras

dev: $(VENV)/.dev ## .venv with the tools that the tests need as well

test: dev gl fetch lint ## set up, then lint, type-check and run every test
	@$(BIN)/avatar fetch face smollm2 whisper-base piper-joe
	$(BIN)/python -m pytest $(PYTEST)

lint: dev ## ruff, pyright (strict), import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

unit: dev ## only the quick tests that need no OpenGL
	$(BIN)/python -m pytest tests/unit

bench: $(VENV)/.bench gl fetch ## measure; prints JSON (BENCH="voices lips" for some)
	@$(BIN)/avatar fetch whisper-base >&2
	@$(BIN)/python tests/bench $(BENCH)

bake: .cache/bake/.installed ## bake models/figures/*.vrm again from CC0 data, byte for byte
	.cache/bake/bin/python -m avatar.modelling bake all

clean: ## remove .venv and everything made by a build or a test
	rm -rf $(VENV) .cache build dist out .pytest_cache .ruff_cache .hypothesis
	rm -rf .import_linter_cache tests/golden/diff
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

fetch: $(VENV)/.installed
	@$(BIN)/avatar fetch kokoro || echo "the natural voice could not be fetched; espeak speaks meanwhile"

# A bare Linux without OpenGL gets Mesa's software renderer as a wheel; no root is needed.
gl: $(VENV)/.installed
	@$(BIN)/python -c 'from avatar.render.surface import offscreen; offscreen().close()' 2>/dev/null \
	|| [ "$$(uname)" != Linux ] || { \
	  echo "no OpenGL here: fetching a software renderer (84 MB);" \
	    "the quicker way is: sudo apt install libegl1 libgl1 libgl1-mesa-dri"; \
	  $(PIP) install --quiet --no-deps lavavu-osmesa; }

$(VENV)/.made:
	@for python in $(PYTHON) python3.13 python3.12 python3.11 python3 python none; do \
	  $$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
	    2>/dev/null && break; \
	done; \
	if [ $$python = none ]; then \
	  echo "Python 3.11 or newer with venv is needed: sudo apt install python3 python3-venv" \
	    "(macOS: brew install python), or make PYTHON=/path/to/python3" >&2; exit 3; \
	fi; \
	$$python -m venv $(VENV)
	$(PIP) install --quiet --upgrade 'pip>=25.1'
	@touch $@

$(VENV)/.installed: $(VENV)/.made pyproject.toml
	$(PIP) install --editable '.[all]'
	@touch $@

$(VENV)/.dev: $(VENV)/.installed
	$(PIP) install --group dev
	@touch $@

$(VENV)/.bench: $(VENV)/.dev
	$(PIP) install --group bench
	@touch $@

# Baking has a place of its own: the same bytes come only from the same numpy and Pillow.
.cache/bake/.installed: $(VENV)/.made pyproject.toml
	$(BIN)/python -m venv .cache/bake
	.cache/bake/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	.cache/bake/bin/python -m pip install --quiet --group bake --editable .
	@touch $@
