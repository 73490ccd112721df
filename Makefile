# Every target sets up what it needs; the second time that costs next to nothing.
TOPOLOGY ?= redundant-lb
REPEAT ?= 20
ARGS ?=

PYTHON := .venv/bin/python
PYTEST := .venv/bin/pytest

.DEFAULT_GOAL := help
.PHONY: help conformance test unit nightly bench lint lock setup python browser clean

help: ## show this list
	@echo 'make TARGET [TOPOLOGY=name] [ARGS="options of pytest"]'
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

conformance: setup ## judge TOPOLOGY (redundant-lb unless told otherwise; "all" for every one) and write the report
	@$(PYTEST) conformance/ --topology=$(TOPOLOGY) $(ARGS)

test: lint unit setup browser ## the suite's own proof, topologies included: about an hour on 2 cores
	@$(PYTEST) selftest --ignore=selftest/unit $(ARGS)
	@$(PYTHON) -m topologies defects

unit: python ## what needs no engine, in about 20 seconds
	@$(PYTEST) selftest/unit $(ARGS)

nightly: setup ## repeats on every topology and the full kill matrix: hours
	@$(PYTEST) conformance/ --topology=all --repeat=$(REPEAT) $(ARGS)
	@$(PYTEST) selftest/test_kill_matrix.py --full-matrix

bench: setup ## print how exactly outages of known length are measured
	@$(PYTHON) -m selftest.bench

lint: python ## style, types and the direction of imports
	@.venv/bin/ruff check --quiet .
	@.venv/bin/ruff format --check --quiet .
	@.venv/bin/mypy --no-error-summary
	@.venv/bin/lint-imports

lock: python ## resolve the dependencies of pyproject.toml anew into requirements.lock
	@tools=$$(mktemp -d) && trap 'rm -rf "$$tools"' EXIT && \
	  $(PYTHON) -m pip install --quiet --disable-pip-version-check --target "$$tools" uv && \
	  "$$tools/bin/uv" pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
	    --no-emit-index-url --extra dev --python-version 3.11 --output-file requirements.lock pyproject.toml

setup: python ## Python, engine, images and Allure; every other target that needs it does it
	@$(PYTHON) -m topologies.engine setup
	@$(PYTHON) -m reports.set_up

python:
	@topologies/engine/bootstrap.sh

browser: # a headless browser, to look at reports with
	@selftest/browser.sh

clean: ## end engines and labs and remove all that was set up (KEEP=1 keeps downloads and Python)
	@if [ -x $(PYTHON) ]; then $(PYTHON) -m topologies.engine clean $(if $(KEEP),,--everything); fi
	@if [ -L .venv ] && [ ! -e .venv ]; then rm .venv; fi
