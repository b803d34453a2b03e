# `make run` and `make test` do all set-up on a fresh machine. Windows and others: see README.md for the same without make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TOOLS := $(VENV)/tools
MODEL ?=
# Where torch comes from: pytorch.org's CPU builds. Empty: the build that the package index serves, by its version alone.
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
# `HASHES=only` stops where a file can't be had as the locks name it, in place of going on by version.
HASHES ?= first

PIP := $(BIN)/python -m pip --disable-pip-version-check
INSTALL := $(PIP) install --quiet --progress-bar on
# The locks name every package: with --no-deps nothing that they don't name comes in beside them.
LOCKED := $(INSTALL) --no-deps --require-hashes
LOG := $(VENV)/locked.log
BY_VERSION = { echo "$(1): not all could be had with the hashes there ($(LOG) says what)."; [ "$(HASHES)" != only ] && \
	echo "Going on by the versions in requirements.txt alone. HASHES=only stops here instead."; }

.PHONY: run class test models check bench lint chromium lock clean

run: $(VENV)/.run-installed
	$(BIN)/python -m lib run

# Open to the room: prints the address for students and the teacher's secret link.
class: $(VENV)/.run-installed
	$(BIN)/python -m lib run --open

test: $(VENV)/.test-installed chromium
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/ty check
	$(BIN)/python -m lib check
	$(BIN)/python -m lib models
	nice -n 10 $(BIN)/python -m pytest --numprocesses 2 --dist loadfile

models: $(VENV)/.run-installed
	$(BIN)/python -m lib models $(MODEL)

# Licences are held to the list in pyproject.toml.
check: $(VENV)/.run-installed $(TOOLS)/.installed
	$(BIN)/python -m lib check
	$(TOOLS)/bin/pip-licenses --python=$(BIN)/python --with-system --summary --packages $$(sed -n 's/==.*//p' requirements*.lock)
	$(BIN)/python tests/audit.py $(TOOLS)/bin/pip-audit

bench: $(VENV)/.run-installed
	$(BIN)/python -m lib bench

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV) || { echo "Python 3.11 or newer with venv is needed (Debian: apt-get install python3-venv)."; exit 1; }

# docopt and readability come as source: the locked setuptools builds them, not whichever is newest.
$(VENV)/.run-installed: requirements.txt requirements.lock requirements-torch.lock | $(VENV)/bin/python
	@echo "Packages, each held to its hash in requirements.lock and requirements-torch.lock"
	@sed -n '/^setuptools==/,/# via/p' requirements.lock >$(VENV)/setuptools.lock
	@{ $(LOCKED) -r $(VENV)/setuptools.lock && $(LOCKED) --no-build-isolation -r requirements.lock; } 2>$(LOG) || \
	$(call BY_VERSION,requirements.lock)
ifneq ($(TORCH_INDEX),)
	@$(LOCKED) --retries 2 --timeout 20 --index-url $(TORCH_INDEX) -r requirements-torch.lock 2>>$(LOG) || \
	$(call BY_VERSION,requirements-torch.lock)
endif
	$(INSTALL) -r requirements.txt
	touch $@

$(VENV)/.test-installed: tests/requirements.txt lib/tuning/requirements.txt lib/findings/requirements.txt lib/runs/requirements.txt lib/studies/requirements.txt $(VENV)/.run-installed
	$(INSTALL) -r tests/requirements.txt
	touch $@

$(TOOLS)/.installed: tests/check-requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m venv $(TOOLS)
	$(TOOLS)/bin/python -m pip install --disable-pip-version-check --quiet -r tests/check-requirements.txt
	touch $@

# After a change of requirements.txt. The hashes are those of every file that PyPI has of a version, so one lock serves
# all platforms; colorama is what Windows needs beyond Linux. A new torch goes into requirements-torch.lock first: its CPU
# build is fetched here so that the CUDA packages of PyPI's stay out of the lock.
lock: $(TOOLS)/.installed
	$(PIP) download --quiet --no-deps --require-hashes $(TORCH_INDEX:%=--index-url %) -d $(TOOLS)/torch -r requirements-torch.lock
	echo colorama==0.4.6 | PIP_CONFIG_FILE=/dev/null CUSTOM_COMPILE_COMMAND="make lock" $(TOOLS)/bin/pip-compile --quiet \
		--generate-hashes --no-emit-options --strip-extras --unsafe-package torch --find-links $(TOOLS)/torch \
		--output-file requirements.lock requirements.txt -
	sed -i.tmp 's/^colorama==[^ ]*/& ; sys_platform == "win32"/; s/-r -$$/Makefile/' requirements.lock && rm requirements.lock.tmp

# The browser tests drive the system's Chromium.
chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; } || \
	{ echo "The browser tests need Chromium. Debian, Ubuntu: sudo apt-get install chromium. macOS: brew install --cask chromium. Then run make test again."; exit 1; }

clean:
	rm -rf $(VENV) data/local
