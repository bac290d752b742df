# make book and make test need Python (3.11, 3.12 or 3.13) and make, nothing else.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
RUN := $(VENV)/bin/python
PORT ?= 8000

.DEFAULT_GOAL := help
.PHONY: help book instructor student starters refresh test coverage serve pdf data twin lock \
  bench drill mutants fuzz chaos reproduce clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

book: $(VENV)/ready ## execute what changed and render _build/html
	@$(RUN) book/_tools/build.py

instructor: $(VENV)/ready ## the book with solutions open and teaching notes: _build/instructor
	@$(RUN) book/_tools/editions.py instructor

student: $(VENV)/ready ## the book without solutions, to hand out: _build/student
	@$(RUN) book/_tools/editions.py student

starters: book ## notebooks with the exercises and no answers: _build/starters
	@$(RUN) book/_tools/starters.py

refresh: $(VENV)/ready ## execute every notebook again, and print which figures moved and by how much
	@$(RUN) book/_tools/refresh.py

test: $(VENV)/ready ## unit tests, notebooks rerun and compared, pages built and checked
	@$(RUN) -m pytest -n 2 --dist loadfile

# Tracing doubles the time of the tests, so it is not part of them.
coverage: $(VENV)/ready ## which lines of lib/ no unit test runs (notebooks and pages do not count)
	@mkdir -p _build && $(RUN) -m coverage erase
	@$(RUN) -m coverage run -m pytest -q -n 2 --dist loadfile -o addopts= -p no:nbval \
	  $$(grep -lE '^(from|import) lib\b' tests/test_*.py)
	@$(RUN) -m coverage combine --quiet && $(RUN) -m coverage report

serve: book ## build, then open the book on http://localhost:$(PORT)
	@echo "The book is at http://localhost:$(PORT)/ (stop with Ctrl-C)"
	@$(RUN) -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

# No shell reads these: a path may hold blanks, quotes, backticks and dollars.
override YEARBOOK := $(value YEARBOOK)
override CITIES := $(value CITIES)
override BASE_YEAR := $(value BASE_YEAR)
export YEARBOOK CITIES BASE_YEAR

data: $(VENV)/ready ## data/indicators.csv: make data YEARBOOK=path [CITIES=roster] [BASE_YEAR=year]
	@$(RUN) -m lib.yearbook

twin: $(VENV)/ready ## make the synthetic yearbook from its seed
	@$(RUN) -m lib.synthetic

pdf: book ## the whole book as _build/book.pdf (needs Chromium)
	@$(RUN) book/_tools/pdf.py

bench: $(VENV)/ready ## how long book, edits, imports and pages take, as ratios in one run
	@$(RUN) book/_tools/bench.py

drill: $(VENV)/ready ## break a scratch copy in every way a check is for, and see each one fail
	@$(RUN) book/_tools/drill.py

fuzz: $(VENV)/ready ## offer spoilt yearbooks to the reader for a minute: make fuzz [SEED=n]
	@$(RUN) book/_tools/fuzz.py $(if $(SEED),--seed $(SEED))

chaos: $(VENV)/ready ## kill book, data and twin at random moments in scratch copies: [WITH=--whole]
	@$(RUN) book/_tools/chaos.py $(WITH)

reproduce: $(VENV)/ready ## execute all in clean clones under another locale, clock, hash seed [WITH=...]
	@$(RUN) book/_tools/reproduce.py $(WITH)

mutants: $(VENV)/ready ## put small faults into lib, one at a time, and see which tests notice (an hour)
	@$(RUN) book/_tools/mutants.py

lock: $(VENV)/ready ## resolve requirements.in again into requirements.txt
	@rm -rf _build/lock && $(PYTHON) -m venv _build/lock && _build/lock/bin/pip install --quiet pip-tools
	@_build/lock/bin/pip-compile --quiet --upgrade --generate-hashes --strip-extras --allow-unsafe \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	  --output-file requirements.txt requirements.in

clean: ## remove everything that is built, not the environment
	@rm -rf _build

# The file appears last, so that an interrupted installation starts afresh.
$(VENV)/ready: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; (3, 11) <= v <= (3, 13) or sys.exit("Python %d.%d found; expected 3.11, 3.12 or 3.13: make book PYTHON=/path/to/python3.11" % v)'
	@echo "Installing the locked environment into $(VENV) (once, about two minutes) ..."
	@rm -rf $(VENV) && $(PYTHON) -m venv $(VENV)
	@$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
