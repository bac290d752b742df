# Every target needs Python (3.11, 3.12 or 3.13) and make, nothing else.
# make book USE_ACTIVE=1 builds with the active environment (conda, venv) in the place of .venv.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
PORT ?= 8000
ifneq ($(and $(VENV),$(if $(USE_ACTIVE),,1)),)
RUN := $(VENV)/bin/python
READY := $(VENV)/ready
else
RUN := python
endif
# This clone's packages, whichever clone the environment was made for.
export PYTHONPATH := $(CURDIR):$(CURDIR)/notebooks:$(CURDIR)/book$(if $(PYTHONPATH),:$(PYTHONPATH))
# Under _build, so that the pages that were tested can be published and looked at.
PYTEST = $(RUN) -m pytest -n 2 --basetemp=_build/$@

.DEFAULT_GOAL := help
.PHONY: help book headlines instructor student starters handout pdf serve lab test test-all kernels times \
  rehearsal yearbook data region template panels grade twin lock slides clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

book: $(READY) ## execute what changed and render _build/html
	@$(RUN) -m tools.render

instructor: $(READY) ## the book with solutions open and teaching notes: _build/instructor
	@$(RUN) -m tools.render instructor

student: $(READY) ## the book without solutions, to hand out: _build/student
	@$(RUN) -m tools.render student

# With another region's data some chapters stop; the numbers are then those of the last book.
starters: $(READY) ## notebooks with the exercises and no answers: _build/starters
	@$(RUN) -m tools.render || test -d _build/html
	@$(RUN) -m tools.course.starters

handout: student starters ## what a student needs and no solution: _build/handout, and as .zip
	@$(RUN) -m tools.course.handout

pdf: book ## _build/book.pdf, interface.pdf and a route's (needs Chromium) [SOLUTIONS=1: with solutions]
	@$(RUN) -m tools.render.pdf $(if $(SOLUTIONS),--solutions)
	@$(RUN) -m tools.render.pdf --route interface
	@$(RUN) -m tools.render.pdf --route $(or $(ROUTE),student) $(if $(SOLUTIONS),--solutions)

slides: instructor ## decks for teachers, a chapter each: _build/slides [CHAPTER=04-1-overall]
	@$(RUN) -m tools.render.slides

serve: book ## build, then open the book on http://localhost:$(PORT)
	@echo "The book is at http://localhost:$(PORT)/ (stop with Ctrl-C)"
	@$(RUN) -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

# In a notebook that is not trusted, pictures and figures of sentences would be text.
lab: $(READY) ## open the notebooks in JupyterLab
	@$(RUN) -m nbformat.sign notebooks/*.ipynb >/dev/null
	@$(RUN) -m jupyterlab notebooks

test: $(READY) ## what every push must pass: units, notebooks rerun, one build, one browser pass
	@mkdir -p _build && $(PYTEST) -m "not slow"

headlines: $(READY) ## where each leading sentence of a page holds: data/headlines.csv
	@$(RUN) tests/headline.py

test-all: test ## after test the rest: editions, R, all pages in all modes, other processors' sums
	@mkdir -p _build && $(PYTEST) -m slow tests
	@.ci/kernels $(RUN)

times: $(READY) ## execute every notebook and write how long each took: notebooks/times.csv
	@$(RUN) -m tools.render.execute --times

kernels: $(READY) ## rerun the notebooks as other processors would compute them
	@.ci/kernels $(RUN)

rehearsal: book ## build with Sphinx alone and compare with make book [NEWEST=1: newest packages]
ifneq ($(NEWEST),)
	@rm -rf _build/newest && $(PYTHON) -m venv _build/newest && _build/newest/bin/pip install --quiet uv
	@sed -n '/^jupyter-book==/d; s/^\([^=]*\)==[^ ]*\(.*\) \\$$/\1\2/p' requirements.txt > _build/newest.txt
	@_build/newest/bin/uv pip install --quiet --python _build/newest -r _build/newest.txt brotli
	@_build/newest/bin/pip install --quiet --no-deps "$$(sed -n 's/^\(jupyter-book==[^ ]*\).*/\1/p' requirements.txt)"
endif
	@.ci/rehearsal $(RUN) $(if $(NEWEST),_build/newest/bin/python)

# No shell reads these, nor make what is in them: a path may hold blanks, quotes, backticks, dollars.
ASKED := FROM YEARBOOK CITIES DRY_RUN BELIEVE REGION OUT EDITION STUDENTS SEED KEY ANSWERS WORDS PLAN CHAPTER
$(foreach name,$(ASKED),$(eval override $(name) := $$(value $(name))))
export $(ASKED)

yearbook: $(READY) ## the yearbook file from the compilations: make yearbook FROM=folder [OUT=file]
	@$(RUN) data/make/compilations.py

data: $(READY) ## data/indicators.csv: make data YEARBOOK=path [CITIES=roster] [REGION=toml] [OUT=folder] [DRY_RUN=1]
	@$(RUN) -m tools.yearbook

region: $(READY) ## a page about another region: make region YEARBOOK=path CITIES=roster [REGION=toml] [OUT=folder]
	@$(RUN) -m tools.region

template: $(READY) ## an empty yearbook and roster to fill in: make template CITIES=roster-or-names [REGION=toml] [OUT=folder]
	@$(RUN) -m tools.region template

panels: $(READY) ## invented cities for each student, and the key: make panels STUDENTS=roster [OUT=folder] [SEED=words]
	@$(RUN) -m tools.course make

grade: $(READY) ## mark all that came back: make grade KEY=path ANSWERS=folder [WORDS=form] [PLAN=six] [OUT=folder]
	@$(RUN) -m tools.course grade

twin: $(READY) ## derive the invented cities' indicators from their yearbook
	@$(RUN) data/make/twin.py

RESOLVE := _build/resolver/bin/uv pip compile --quiet --universal --generate-hashes \
  --python-version 3.11 --no-emit-index-url --no-annotate --custom-compile-command "make lock"

# What a file holds already is kept where it can be: students get the versions of the book.
lock: ## resolve requirements.in and requirements-student.in; what is pinned stays [UPGRADE=1: the newest]
	@rm -rf _build/resolver && $(PYTHON) -m venv _build/resolver && _build/resolver/bin/pip install --quiet uv
	@$(RESOLVE) $(if $(UPGRADE),--upgrade) --output-file requirements.txt requirements.in
	@cp requirements.txt requirements-student.txt
	@$(RESOLVE) --output-file requirements-student.txt requirements-student.in
	@awk 'NR == FNR { if (split($$1, a, "==") == 2 && !(a[1] in pin)) pin[a[1]] = a[2]; next } \
	  split($$2, a, "==") == 2 { sub(/==.*/, "==" pin[a[1]]) } 1' \
	  requirements.txt environment.yml > _build/environment.yml && mv _build/environment.yml .

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
