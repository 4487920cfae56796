# The two commands of a newcomer: `make demo` and `make test`. Each works alone on a fresh clone.
PYTHON ?= python3
BOOTSTRAP = $(PYTHON) -m tools.bootstrap
BIN = .venv/bin

.PHONY: demo demo-reset test lint types arch bench docs format

demo:            ## Run the demo city; CITY=file-or-address.osm.pbf and FOOTAGE=folder are optional
	@CITY="$(CITY)" FOOTAGE="$(FOOTAGE)" $(BOOTSTRAP) demo
	@exec $(BIN)/sigap demo $(if $(CITY),--city "$(CITY)") $(if $(FOOTAGE),--footage "$(FOOTAGE)")

demo-reset:      ## Empty the demo city
	@$(BOOTSTRAP) habits
	@$(BIN)/sigap demo-reset

test:            ## Every check and every test; pytest's summary comes last
	@$(BOOTSTRAP) test
	@$(BIN)/python -m tools.checks $(TESTS)

lint:            ## Style
	@$(BOOTSTRAP) habits
	@$(BIN)/python -m tools.checks --only lint

types:           ## Types, Python and TypeScript
	@$(BOOTSTRAP) habits
	@$(BIN)/python -m tools.checks --only types

arch:            ## Who may import whom, and the other rules of the house
	@$(BOOTSTRAP) habits
	@$(BIN)/python -m tools.checks --only arch

bench:           ## Every benchmark; JSON=1 for machines
	@$(BOOTSTRAP) demo
	@$(BIN)/python -m tools.benchmarks $(if $(JSON),--json)

docs:            ## Test what the documentation says
	@$(BOOTSTRAP) habits
	@$(BIN)/python -m tools.checks --only docs

format:          ## Put the Python sources in form
	@$(BOOTSTRAP) habits
	@$(BIN)/ruff format src tests bench tools && $(BIN)/ruff check --fix src tests bench tools
