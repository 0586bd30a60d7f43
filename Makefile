# Everything here needs Python 3.11 or later, a package index, and nothing else: no root, no Docker.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --no-input
STAMPS := $(VENV)/.stamps
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo day faults soak test check screenshots bench clean lock \
	check-types check-layers check-openapi check-migrations check-style

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

setup: $(STAMPS)/base $(STAMPS)/dev $(STAMPS)/languages var/cache/photos/.complete  ## install everything into .venv and fetch the photographs

demo: setup  ## run the platform until Ctrl-C
	$(PY) -m apps.demo $(ARGS)

day: setup  ## play a whole deployment day, print and check what happened
	$(PY) -m apps.demo.day $(ARGS)

test: setup  ## all tests (ARGS="tests/unit -k word" for some)
	$(PY) -m pytest -n auto --dist worksteal $(ARGS)

# The longest first: each is a process of its own, and two are at work at a time.
CHECKS := check-types check-layers check-openapi check-migrations check-style
check: setup  ## style, types, layers, migrations
	@$(MAKE) --no-print-directory -j2 $(CHECKS)

check-types:
	$(VENV)/bin/mypy .

check-layers:
	$(VENV)/bin/lint-imports

check-openapi:
	DJANGO_SETTINGS_MODULE=lfrplatform.settings.typing $(PY) manage.py spectacular --validate --fail-on-warn \
		--file docs/reference/openapi.yaml

check-migrations:
	DJANGO_SETTINGS_MODULE=lfrplatform.settings.typing $(PY) manage.py makemigrations --check --dry-run

check-style:
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

screenshots: setup  ## pictures of every page at 390 and 1440 px, into var/screenshots
	LFR_SCREENSHOTS=var/screenshots $(PY) -m pytest tests/journeys -q -k "look or whole_deployment"

faults: setup  ## take away one part after the other while the platform runs (ARGS="--times 3")
	$(PY) -m tests.faults $(ARGS)

soak: setup  ## an hour with two cameras, watched for growth (ARGS="--minutes 60 --cameras 2")
	$(PY) -m bench.soak $(ARGS)

bench: setup  ## measure (bench/README.md says what)
	$(PY) -m bench $(ARGS)
	$(PY) -m bench.consoles
	$(PY) -m bench.many
	$(PY) -m bench.history
	$(PY) -m bench.live --cameras 4 --overload --seconds 30
	$(PY) -m bench.live

clean:  ## stop what runs and delete its data, keys and logs; keeps .venv and the photographs
	@if [ -x $(PY) ]; then for i in main test day demo; do $(PY) -m lfrplatform.embedded clean --instance $$i; done; fi
	@if [ -d var ]; then find var -mindepth 1 -maxdepth 1 ! -name cache -exec rm -rf {} +; fi
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

# opencv-python is left out on purpose: insightface asks for it, and opencv-python-headless takes its place.
UV_COMPILE := uv pip compile --universal --python-version 3.11 --generate-hashes --no-header \
	--no-emit-package opencv-python

lock:  ## resolve requirements/*.in anew into *.txt (needs uv)
	cd requirements && $(UV_COMPILE) $(ARGS) base.in -o base.txt
	cd requirements && $(UV_COMPILE) $(ARGS) dev.in -o dev.txt
	cd requirements && $(UV_COMPILE) $(ARGS) --no-emit-package onnxruntime -c base.txt gpu.in -o gpu.txt
	cd requirements && $(UV_COMPILE) $(ARGS) -c base.txt relay.in -o relay.txt

$(PY):
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or later is needed, this is " + sys.version.split()[0] + ": set PYTHON=...")'
	@echo "making the virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV) || { echo "python3 has no working venv module; on Debian: apt install python3-venv" >&2; exit 1; }

# --no-deps: the locks are complete but for opencv-python (see above); a test checks every other dependency.
$(STAMPS)/base: requirements/base.txt | $(PY)
	@echo "installing what the platform needs"
	@mkdir -p $(STAMPS)
	$(PIP) install --no-deps --require-hashes -r requirements/base.txt
	@touch $@

$(STAMPS)/dev: requirements/dev.txt $(STAMPS)/base | $(PY)
	@echo "installing what tests and checks need"
	$(PIP) install --no-deps --require-hashes -r requirements/dev.txt
	@touch $@

# What Django reads of the catalogues in locale/. A language that is not compiled is not offered.
$(STAMPS)/languages: $(wildcard locale/*/LC_MESSAGES/*.po) lfrplatform/translations.py $(STAMPS)/base
	@$(PY) -m lfrplatform.translations compile
	@touch $@

var/cache/photos/.complete: apps/demo/photos.toml $(STAMPS)/base $(STAMPS)/dev
	@echo "fetching the photographs"
	@$(PY) -m apps.demo.photos
	@mkdir -p var/cache/photos
	@touch $@
