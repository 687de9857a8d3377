# From a clean checkout: `make demo`, `make test`, `make lint`, `make check`. Nothing else is needed.

# The first Python on the PATH that is new enough.
PYTHON ?= $(shell for p in python3.11 python3 python3.12 python3.13 python3.14; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
DEMO := demo
GEO := data/geo/demo

.DEFAULT_GOAL := help
.PHONY: help demo geo-demo test lint check format constraints clean

help:
	@echo "make demo    run the whole pipeline on the sample corpus, results in $(DEMO)/"
	@echo "make test    run the test suite"
	@echo "make lint    format check, ruff, mypy --strict, import layers"
	@echo "make check   lint, then test"

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "kgpipe needs Python 3.11 or newer; none was found. Install it (Debian, Ubuntu: apt install python3), or name it: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { v=$$($(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])'); echo "Python $$v here lacks the module venv. Install it (Debian, Ubuntu: apt install python$$v-venv), then run make again."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.core: $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing kgpipe and its core dependencies into $(VENV) (once) ..."
	@$(PIP) install --quiet --constraint constraints.txt --editable .
	@echo "Installed: $$(du -sh $(VENV) | cut -f1) in $(VENV)"
	@touch $@

$(VENV)/.dev: $(VENV)/.core
	@echo "Installing what the tests and checks need (once) ..."
	@$(PIP) install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

$(VENV)/.geo: $(VENV)/.core
	@$(PIP) install --quiet --constraint constraints.txt --editable '.[geo]'
	@touch $@

demo: $(VENV)/.core
	@date +%s > $(VENV)/.started
	$(BIN)/kgpipe run data/sample/pdf --evidence data/sample/evidence -w $(DEMO)
	$(BIN)/kgpipe verify data/sample/gold/claims.csv $(DEMO)/gold-claims.jsonl --evidence data/sample/evidence --evidence data/sample/pdf
	$(BIN)/kgpipe evaluate $(DEMO)/gold-claims.jsonl -w $(DEMO) --gold data/sample/gold --out $(DEMO)/report
	$(BIN)/kgpipe geo synthesise --places $(GEO)/places.geojson --tiles 300 --out $(DEMO)/tiles
	$(BIN)/kgpipe geo embed --model $(GEO)/model --tiles $(DEMO)/tiles/tiles.csv --out $(DEMO)/embeddings
	$(BIN)/kgpipe geo search "mining ponds" --model $(GEO)/model --index $(DEMO)/embeddings --limit 6 --sheet $(DEMO)/tiles.png --tiles $(DEMO)/tiles/tiles.csv
	$(BIN)/kgpipe geo link -w $(DEMO) --model $(GEO)/model --index $(DEMO)/embeddings --places $(GEO)/places.geojson
	$(BIN)/kgpipe publish rdf -w $(DEMO) --out $(DEMO)/rdf
	$(BIN)/kgpipe publish csv -w $(DEMO) --out $(DEMO)/tables
	$(BIN)/kgpipe publish cypher -w $(DEMO) --out $(DEMO)/cypher
	$(BIN)/kgpipe publish html -w $(DEMO) --out $(DEMO)/html
	$(BIN)/kgpipe publish card -w $(DEMO) --out $(DEMO)/card
	$(BIN)/kgpipe sparql laws -w $(DEMO) | cut -c 1-150 | head -12
	$(BIN)/kgpipe ask "Who operates the Pedra Clara camp?" -w $(DEMO)
	$(BIN)/kgpipe sparql sightings -w $(DEMO) | cut -c 1-150 | head -12
	@echo
	@echo "Done in $$(($$(date +%s) - $$(cat $(VENV)/.started))) s (installed: $$(du -sh $(VENV) | cut -f1)). Results:"
	@echo "  $(DEMO)/report/report.html   accuracy report: open it in a browser"
	@echo "  $(DEMO)/review.csv           the facts that most need an expert, for a spreadsheet"
	@echo "  $(DEMO)/html/graph.html      the graph as a picture: open it in a browser"
	@echo "  $(DEMO)/rdf/                 Turtle, TriG, N-Quads and JSON-LD with provenance"
	@echo "  $(DEMO)/tables/              claims, entities, evidence, merges, rejections as CSV"
	@echo "  $(DEMO)/tiles.png            synthetic satellite tiles found by words; $(DEMO)/rdf links tiles to places"
	@echo "  $(DEMO)/cypher/graph.cypher  script for Neo4j"
	@echo "  $(DEMO)/card/DATACARD.md     what the graph is and how it was made"

test: $(VENV)/.dev
	$(BIN)/python -m pytest --numprocesses auto --dist loadgroup

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The encoder of the demonstration, anew: a quarter of an hour on one core.
geo-demo: $(VENV)/.geo
	$(BIN)/kgpipe geo synthesise --tiles 1000 --seed 1 --out $(VENV)/geo-demo
	$(BIN)/kgpipe geo train --preset demo --config $(GEO)/settings.toml --seed 1 --tiles $(VENV)/geo-demo/tiles.csv --out $(VENV)/geo-demo/model
	rm -f $(GEO)/model/*
	cp $(VENV)/geo-demo/model/model.json $(VENV)/geo-demo/model/*.onnx $(GEO)/model

# Rewrite the tested versions from what is installed now.
constraints: $(VENV)/.dev
	@$(PIP) install --quiet --constraint constraints.txt --editable '.[dev,kge]'
	$(PIP) freeze --exclude-editable | grep -v ' @ ' > constraints.txt

clean:
	rm -rf $(VENV) $(DEMO)
