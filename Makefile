# Everything runs in .venv, which is set up once, and again when pyproject.toml changes.

PYTHON ?= python3
VENV   ?= .venv
PY     := $(VENV)/bin/python
READY  := $(VENV)/.ready
# A file of tests on each core, but no more than four: each takes 1.5 GB.
PYTEST := $(PY) -m pytest -n auto --maxprocesses 4 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help setup lab test test-all bench mutants lessons notebooks assignments site lint format clean

help:
	@echo "make lab        set up, then open JupyterLab on the first lesson"
	@echo "make test       set up, then run the tests; make test-all adds those that take long"
	@echo "make bench      set up, then measure speed beside the plain way, in minutes, on an idle machine"
	@echo "make mutants    wrong edits of the code, one at a time, and how many the tests notice: up to an hour"
	@echo "make lessons    set up, then execute all lessons into build/lessons/ (.ipynb and .html)"
	@echo "make notebooks  rebuild notebooks/*.ipynb from notebooks/src/*.py, with their outputs"
	@echo "make assignments  problem sets for students, graders and teachers, in build/assignments/"
	@echo "make site       the lessons as they are stored, as a searchable static site in build/site/, with the live page"
	@echo "make lint       what ruff has to say;  make format  lets it mend that"
	@echo "make clean      remove what was built (not .venv, not data/)"

setup: $(READY)

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
	  echo "colorlib needs Python 3.10 to 3.13, and $(PYTHON) is $$($(PYTHON) --version 2>&1)."; \
	  echo "Name another one:  make PYTHON=python3.11 ..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) cannot make virtual environments.  On Debian and Ubuntu:  sudo apt install python3-venv"; exit 1; }
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@echo "Setting up $(VENV): a few gigabytes the first time, then this step is skipped."
	$(PY) -m pip install --editable ".[dev]"
	@touch $@

# As root (in a container) Jupyter wants to be asked twice.  The hook: a saved notebook shows stills where controls stood.
lab: $(READY)
	$(PY) -m jupyterlab --ContentsManager.pre_save_hook=colorlib.show.saving.keep_stills $(if $(filter 0,$(shell id -u)),--allow-root) notebooks/00_start_here.ipynb

test: $(READY)
	$(PYTEST) -m "not slow"

test-all: $(READY)
	$(PYTEST)

bench: $(READY)
	$(PY) tests/benchmarks/bench.py

mutants: $(READY)
	@$(PY) -c 'import cosmic_ray' 2>/dev/null || $(PY) -m pip install --editable ".[mutants]"
	$(PY) tests/mutants/run.py

lessons: $(READY)
	$(PY) notebooks/build.py run --out build/lessons

notebooks: $(READY)
	$(PY) notebooks/build.py build

assignments: $(READY)
	$(PY) notebooks/assignments/build.py build

site: $(READY)
	rm -rf build/site
	$(PY) -m sphinx -W --keep-going -q -d build/doctrees -E -c notebooks/site notebooks build/site
	$(PY) notebooks/site/live/build.py setup
	$(PY) notebooks/site/live/build.py --out build/site
	@echo "Open build/site/index.html; build/site/live-in-one-file.html is the live page to carry about"

lint: $(READY)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

format: $(READY)
	$(PY) -m ruff check --fix-only .
	$(PY) -m ruff format .

clean:
	rm -rf build .pytest_cache .ruff_cache .hypothesis
	find colorlib tests notebooks -name __pycache__ -prune -exec rm -rf {} +
