# A fresh machine needs Python 3.11 and make; everything else is installed into .venv.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
DONE := $(VENV)/.installed

.PHONY: help setup demo demo-style evaluate-demo studio test test-slow lint bench clean

help:
	@echo "Times are those of two cores with something else to do."
	@echo "make setup          install into $(VENV): 2 to 5 minutes"
	@echo "make demo           auto, fit, train, predict and render the pictures in samples/: 1 to 2 minutes"
	@echo "make studio         the studio on samples/, in the browser, until Ctrl-C"
	@echo "make demo-style     import made-up edits, learn their style, write sidecars back: 2 to 4 minutes"
	@echo "make evaluate-demo  make a synthetic set, train on it, write a report: 6 to 12 minutes"
	@echo "make test           the tests: 8 to 15 minutes (test-slow: kills, clusters, fuzzing, 8 to 15 more)"
	@echo "make lint           ruff and mypy: 1 to 2 minutes"
	@echo "make bench          measure"
	@echo "make clean          remove $(VENV), caches and outputs/demo*"

setup: $(DONE)

$(DONE): requirements.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 not found; say make PYTHON=... "; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]"
	@command -v cc >/dev/null || command -v gcc >/dev/null || command -v clang >/dev/null || $(BIN)/python -m pip install --quiet --disable-pip-version-check ziglang==0.17.1 || true
	-@$(BIN)/python -m model.fused.build
	@touch $(DONE)

demo: $(DONE)
	$(BIN)/python scripts/demo.py

demo-style: $(DONE)
	$(BIN)/python scripts/demo_style.py

evaluate-demo: $(DONE)
	$(BIN)/python scripts/evaluate_demo.py

studio: $(DONE)
	$(BIN)/python run/studio.py samples/raw

test: $(DONE)
	$(BIN)/python -m pytest -n auto --dist loadfile -m "not slow"

test-slow: $(DONE)
	$(BIN)/python -m pytest -n auto --dist loadfile -m slow

lint: $(DONE)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(DONE)
	$(BIN)/python scripts/benchmark.py fit

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache *.egg-info outputs/demo outputs/demo-style
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
