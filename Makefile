# Thin targets over scripts. `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/sh

# Any Python 3 can run the bootstrap; it looks for 3.11 or newer itself.
PYTHON := $(shell command -v python3.11 || command -v python3 || echo python3)
RUNTIME := $(PYTHON) deploy/local/bootstrap.py runtime
TEST := $(PYTHON) deploy/local/bootstrap.py test

.PHONY: help venv up test lint format bench chaos replay docs lock clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 16

venv: ## make .venv with everything for running, testing and linting
	@$(TEST)

up: ## start the whole platform on this machine (MVOTING_HOME, MVOTING_PORT); Ctrl-C stops it
	@$(RUNTIME) -- -m deploy.local.up

test: ## set up, lint, then every test but the long chaos and benchmarks
	@$(TEST) -- -m tests.run

lint: ## ruff, mypy, import-linter, vulture
	@$(TEST) -- -m tests.lint

format: ## rewrite the code in the project's format
	@$(TEST) -- -m tests.lint format

bench: ## measure on a stack of its own (BENCH="overload soak", BENCH=--list, benchmarks/README.md)
	@$(TEST) -- -m benchmarks $(BENCH)

chaos: ## break everything while voters cast, then compare with the record (CHAOS="worker_kill --seed 7", tests/chaos/README.md)
	@$(TEST) -- -m tests.chaos $(CHAOS)

replay: ## cast a whole real election, FILE=….pb, through HTTP and compare the published counts
	@$(TEST) -- -m tests.chaos.replay $(FILE)

docs: ## write the documents that are generated from code
	@$(TEST) -- -m docs.generate

lock: ## resolve requirements/*.in into the hashed lock files
	@$(TEST) -- -m deploy.local.lock

clean: ## remove the virtual environment and every cache; never a stack's data
	@rm -rf .venv .venv.lock .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage test-results
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
