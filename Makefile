# make run      serve the site; HOST=0.0.0.0 PORT=9000 change the address
# make quick    the tests without a browser and without what is slow: under 90 seconds
# make test     every test
# make peers    install PyTorch and OpenCV, which tests and benchmarks compare with; 1 GB
# make mutants  do the tests notice a changed operator or number? SIZE=200 SEED=1 ONLY=cnn_core/layers; many minutes
# make check    ruff, mypy, import-linter
# make bench    how fast the core is beside PyTorch, where that is installed, and beside plain loops: some minutes
# make load     how many presses one process carries: requests a second, waiting times, memory; some two minutes
# make messages bring the translations up to date with the templates
# make htmx     fetch the local copy of htmx again
#
# Each set-up step leaves a stamp in .venv, so it is done once, and again when the files it depends on change.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run quick test peers mutants check bench load messages htmx
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check -qq
HTMX_TRIED := $(VENV)/.htmx-tried

# One BLAS thread: small matrices, many readers. NumPy reads these when it is imported.
export OPENBLAS_NUM_THREADS := 1
export OMP_NUM_THREADS := 1
export MKL_NUM_THREADS := 1

help:
	@sed -n 's/^# make/make/p' Makefile

run: $(VENV)/.installed $(HTMX_TRIED)
	@exec $(PY) -m app

# Browser tests run alone: they wait for a page, and a busy machine makes them wait longer.
WORKERS := -n auto --maxprocesses=4

quick: $(VENV)/.installed-tests
	@$(PY) -m pytest -q $(WORKERS) -m 'not browser and not slow'

test: $(VENV)/.installed-tests
	@$(PY) -m scripts.fetch_htmx || true
	@$(PY) -m scripts.fetch_axe || true
	@$(PY) -m pytest $(WORKERS) -m 'not browser'
	@$(PY) -m pytest -m browser

# Tests that compare with PyTorch are skipped without it; REQUIRE_PEERS=1 makes its absence an error.
peers: $(VENV)/.installed-peers

SIZE ?= 100
SEED ?= 0
mutants: $(VENV)/.installed-tests $(VENV)/.installed-peers
	@$(PY) -m scripts.mutants --size $(SIZE) --seed $(SEED) $(ONLY)

check: $(VENV)/.installed-tests
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports --no-cache

bench: $(VENV)/.installed
	@$(PY) -m benchmarks

load: $(VENV)/.installed
	@$(PY) -m benchmarks.load

# The site compiles what is newer than its .mo file when it starts.
messages: $(VENV)/.installed
	$(VENV)/bin/pybabel -q extract --mapping-file=babel.cfg --keywords=_l --keywords=lazy_gettext --no-location --sort-output \
		--width=110 --project=Convscope --version=1 --output-file=app/translations/messages.pot .
	$(VENV)/bin/pybabel -q update --input-file=app/translations/messages.pot --output-dir=app/translations --locale=zh \
		--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --width=110

htmx: $(VENV)/.installed
	@$(PY) -m scripts.fetch_htmx

# What is installed --------------------------------------------------------------------------------------------------

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Convscope needs Python 3.11 or newer; $(PYTHON) is: $$($(PYTHON) --version 2>&1)."; \
		echo "Install a newer one, or name it: make PYTHON=python3.12"; exit 1; }
	@echo "Setting up $(VENV) (once; this needs the network) ..."
	@$(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); \
		echo "Python cannot make a virtual environment here. On Debian and Ubuntu, install the package that can:"; \
		echo "    apt-get install python3-venv"; \
		echo "and run make again."; exit 1; }

# setuptools comes pinned and the build uses it: isolated builds would fetch whatever is newest.
$(VENV)/.installed: pyproject.toml constraints.txt | $(PY)
	@$(PIP) install -c constraints.txt pip setuptools
	@$(PIP) install -c constraints.txt --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-tests: $(VENV)/.installed
	@$(PIP) install -c constraints.txt --no-build-isolation -e '.[test,dev]'
	@touch $@

# PyPI's torch for Linux brings CUDA along. To get the CPU build there: make peers PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu
$(VENV)/.installed-peers: $(VENV)/.installed
	@$(PIP) install -c constraints.txt --no-build-isolation -e '.[peers]'
	@touch $@

# Once: without a network, later starts must not wait for it. `make htmx` asks again.
$(HTMX_TRIED): scripts/fetch_htmx.py | $(VENV)/.installed
	@$(PY) -m scripts.fetch_htmx || true
	@touch $@
