# Two commands do it all on a fresh machine: `make demo` and `make test`.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(not (3,11) <= sys.version_info[:2] < (3,14))' 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
CHECK ?=
PORT ?= 8000
SEED ?= 0
KILLS ?= 200
# A file stays in one process, and the files go in our order: the long ones first (tests/conftest.py).
SPREAD := --dist loadfile --no-loadscope-reorder

# Modules are compiled once, whatever the shell says: the suite starts hundreds of processes.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test chaos vendure test-sqlite test-postgres bench lint types imports check messages lock clean run

help: ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

$(VENV)/.base: requirements/base.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed; set PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/base.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.base requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

messages: $(VENV)/.base ## compile the Arabic texts
	@$(BIN)/python -m ecomsync.compile_messages

demo: $(VENV)/.base messages ## the main job from nothing; CHECK=1 asserts the outcome and exits
	$(BIN)/python -m ecomsync.demo --port $(PORT) $(if $(CHECK),--check)

run: $(VENV)/.base messages ## your own installation: web, worker and beat in one process
	$(BIN)/python manage.py up 127.0.0.1:$(PORT)

test: $(VENV)/.dev messages ## everything: lint, types, imports, both databases, browser
	@$(MAKE) --no-print-directory -j 2 check test-sqlite
	@$(MAKE) --no-print-directory test-postgres

check: lint types imports ## static checks and missing migrations

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy .

imports: $(VENV)/.dev
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check --fail-level WARNING

test-sqlite: $(VENV)/.dev messages ## all that meets a database, on SQLite as the embedded installation runs
	env -u DATABASE_URL -u REDIS_URL -u BROKER_URL $(BIN)/python -m pytest -q -n 2 $(SPREAD) \
		-m "not browser and not worker and not vendure" --ignore=tests/sandbox --ignore=tests/platforms

test-postgres: $(VENV)/.dev messages ## the suite on PostgreSQL and Redis, with real workers and a real browser
	$(BIN)/python -m tests.servers install chromium pango
	$(BIN)/python -m tests.servers -- $(BIN)/python -m pytest -q -n 3 $(SPREAD) -m "not chaos and not vendure"

bench: $(VENV)/.dev messages ## how fast we are against a floor, on a PostgreSQL that writes to the disk; NAMES=import_orders for one, QUICK=1 for small sizes
	$(BIN)/python -m tests.servers --durable -- $(BIN)/python -m benchmarks $(if $(QUICK),--quick) $(NAMES)

chaos: $(VENV)/.dev messages ## trade while workers are killed and servers crash; SEED= repeats a run, KILLS=200
	$(BIN)/python -m tests.chaos --seed $(SEED) --kills $(KILLS)

# Nothing is compiled, so that no script of a package need run: the database is JavaScript, bcrypt brings its binaries.
var/vendure/.installed: tests/vendure/package.json tests/vendure/package-lock.json
	mkdir -p var/vendure && cp $^ var/vendure/
	cd var/vendure && npm ci --ignore-scripts --omit=dev --omit=optional --omit=peer --no-audit --no-fund --loglevel=error
	@touch $@

vendure: $(VENV)/.dev messages var/vendure/.installed ## the custom platform proved on a real Vendure 3 in memory, which npm brings into var/vendure (about a minute)
	env -u DATABASE_URL -u REDIS_URL -u BROKER_URL $(BIN)/python -m pytest -q -m vendure tests/vendure

lock: ## renew the locks after a change of pyproject.toml (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
		pyproject.toml --extra flower --extra pdf --group dev -o requirements/dev.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
		pyproject.toml --extra flower --extra pdf -c requirements/dev.txt -o requirements/base.txt

clean: ## remove what was made, the demo's data too
	rm -rf $(VENV) var build .mypy_cache .ruff_cache .pytest_cache
