# `make run` and `make test` do all set-up on a fresh machine. Windows and others: see README.md for the same without make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MODEL ?=

.PHONY: run test models check bench lint chromium clean

run: $(VENV)/.run-installed
	$(BIN)/python -m lib run

test: $(VENV)/.test-installed chromium
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/ty check
	$(BIN)/python -m lib check
	$(BIN)/python -m lib models
	$(BIN)/python -m pytest

models: $(VENV)/.run-installed
	$(BIN)/python -m lib models $(MODEL)

check: $(VENV)/.run-installed
	$(BIN)/python -m lib check

bench: $(VENV)/.run-installed
	$(BIN)/python -m lib bench

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV) || { echo "Python 3.11 or newer with venv is needed (Debian: apt-get install python3-venv)."; exit 1; }

$(VENV)/.run-installed: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --progress-bar on -r requirements.txt
	touch $@

$(VENV)/.test-installed: tests/requirements.txt lib/tuning/requirements.txt requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --progress-bar on -r tests/requirements.txt
	touch $@ $(VENV)/.run-installed

# The browser tests drive the system's Chromium.
chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; } || \
	{ echo "The browser tests need Chromium. Debian, Ubuntu: sudo apt-get install chromium. macOS: brew install --cask chromium. Then run make test again."; exit 1; }

clean:
	rm -rf $(VENV) data/local
