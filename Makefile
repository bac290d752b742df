# Every target needs Python (3.11 to 3.14) and make, nothing else.
# make book USE_ACTIVE=1 builds with the active environment (conda, venv) in the place of .venv.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 8000
RUN := $(if $(USE_ACTIVE),python,.venv/bin/python)
READY := $(if $(USE_ACTIVE),,environment)
UV := _build/uv/bin/uv
# This clone's packages, whichever clone the environment was made for.
export PYTHONPATH := $(CURDIR):$(CURDIR)/notebooks:$(CURDIR)/book$(if $(PYTHONPATH),:$(PYTHONPATH))
# Each page has a kernel of its own.  Where Python may not keep what it compiles, each kernel would
# compile all packages again, for seconds.
export PYTHONPYCACHEPREFIX := $(CURDIR)/_build/pycache
unexport PYTHONDONTWRITEBYTECODE
# Under _build, so that the pages that were tested can be published and looked at.
PYTEST = $(RUN) -m pytest -n 2 --basetemp=_build/$@ --junitxml=_build/$@.xml

.DEFAULT_GOAL := help
.PHONY: help environment book moved sentences instructor student starters handout quiz serve lab test chinese \
  test-all kernels rehearsal yearbook data twin lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

# A folder of its own for each lock; .venv is a link to it (.ci/environment).
environment: ## install the locked packages into .venv [BY=pip: by pip alone]
	@$(PYTHON) .ci/environment $(BY) $(if $(filter file,$(origin PYTHON)),,asked)

book: $(READY) ## execute what changed and render _build/html
	@$(RUN) -m tools.render.book

instructor: $(READY) ## the book with solutions open and teaching notes: _build/instructor
	@$(RUN) -m tools.render.book instructor

student: $(READY) ## the book without solutions, to hand out: _build/student
	@$(RUN) -m tools.render.book student

starters: book ## notebooks with the exercises and no answers: _build/starters
	@$(RUN) -m tools.course.starters

handout: student starters ## what a student needs and no solution: _build/handout, and as .zip
	@$(RUN) -m tools.course.handout

quiz: book ## what can be checked, with answers, for a learning platform: _build/quiz/questions.xml
	@$(RUN) -m tools.course.quiz

serve: book ## build, then open the book on http://localhost:$(PORT)
	@echo "The book is at http://localhost:$(PORT)/ (stop with Ctrl-C)"
	@$(RUN) -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

# In a notebook that is not trusted, pictures and figures of sentences would be text.
lab: $(READY) ## open the notebooks in JupyterLab
	@$(RUN) -m nbformat.sign notebooks/*.ipynb >/dev/null
	@$(RUN) -m jupyterlab notebooks

test: $(READY) ## what every push must pass: units, notebooks rerun, one build, one browser pass
	@mkdir -p _build && $(PYTEST) -m "not slow"

moved: $(READY) ## which charts differ from the last commit's, in words [SINCE=commit]
	@$(RUN) -m tools.render.moved $(SINCE)

sentences: $(READY) ## the list of judging sentences and their tests: tests/sentences.csv [PAGES="04-1-overall"]
	@$(RUN) tests/sentences.py $(PAGES)

chinese: $(READY) ## show what is new in the English of a Chinese block, and keep it [BLOCK=zh-theory]
	@$(RUN) tests/chinese.py $(BLOCK)

test-all: test ## after test the rest: editions, R, all pages in all modes, other processors' sums
	@mkdir -p _build && $(PYTEST) -m slow tests notebooks/widgets
	@.ci/kernels $(RUN)

kernels: $(READY) ## rerun the notebooks as other processors would compute them
	@.ci/kernels $(RUN)

# Of the newest packages, none of which is older than in the lock, the notebooks' figures are
# compared, too, with those on disk.
rehearsal: book $(if $(NEWEST),$(UV)) ## build with Sphinx alone and compare [NEWEST=1: newest packages, notebooks]
ifneq ($(NEWEST),)
	@rm -rf _build/newest && $(PYTHON) -m venv _build/newest
	@sed -n '/^jupyter-book==/d; s/^\([^=]*\)==\(.*\) \\$$/\1>=\2/p' requirements.txt > _build/newest.txt
	@$(UV) pip install --quiet --python _build/newest -r _build/newest.txt brotli
	@$(UV) pip install --quiet --python _build/newest --no-deps "$$(sed -n 's/^\(jupyter-book==[^ ]*\).*/\1/p' requirements.txt)"
	@_build/newest/bin/python -m pytest -q -n 2 notebooks; one=$$?; \
	  .ci/rehearsal $(RUN) _build/newest/bin/python && exit $$one
else
	@.ci/rehearsal $(RUN)
endif

# No shell reads these, nor make what is in them: a path may hold blanks, quotes, backticks, dollars.
ASKED := FROM YEARBOOK OUT
$(foreach name,$(ASKED),$(eval override $(name) := $$(value $(name))))
export $(ASKED)

yearbook: $(READY) ## the yearbook file from the compilations: make yearbook FROM=folder [OUT=file]
	@$(RUN) data/make/compilations.py

data: $(READY) ## data/indicators.csv: make data YEARBOOK=path [OUT=folder]
	@$(RUN) -m data.yearbook


twin: $(READY) ## derive the invented cities' indicators from their yearbook
	@$(RUN) data/make/twin.py

RESOLVE := $(UV) pip compile --quiet --universal --generate-hashes \
  --python-version 3.11 --no-emit-index-url --no-annotate --custom-compile-command "make lock"

# What a file holds already is kept where it can be: students get the versions of the book.
lock: $(UV) ## resolve requirements*.in and uv; what is pinned stays [UPGRADE=1: the newest]
	@$(RESOLVE) $(if $(UPGRADE),--upgrade) --output-file requirements.txt requirements.in
	@cp requirements.txt requirements-student.txt
	@$(RESOLVE) --output-file requirements-student.txt requirements-student.in
	@echo uv | $(RESOLVE) $(if $(UPGRADE),--upgrade) --output-file requirements-uv.txt -
	@awk 'NR == FNR { if (split($$1, a, "==") == 2 && !(a[1] in pin)) pin[a[1]] = a[2]; next } \
	  split($$2, a, "==") == 2 { sub(/==.*/, "==" pin[a[1]]) } 1' \
	  requirements.txt environment.yml > _build/environment.yml && mv _build/environment.yml .

$(UV): requirements-uv.txt
	@$(PYTHON) -m venv --clear _build/uv
	@_build/uv/bin/pip install --quiet --require-hashes --only-binary=:all: -r $< && touch $@

clean: ## remove everything that is built, not the environment
	@rm -rf _build
