PYTHON ?= python3
BIN = .venv/bin

.PHONY: bench site test soak lint gpu-check clean

bench: .venv/run.stamp
	$(BIN)/harness run $(if $(QUICK),--quick)

site: .venv/run.stamp
	$(BIN)/harness site

test: .venv/test.stamp
	$(BIN)/pytest

soak: .venv/test.stamp
	HARNESS_SOAK=1 $(BIN)/pytest tests/runs/test_faults.py tests/store

lint: .venv/test.stamp
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

# Installs nothing, so that it runs offline with the CUDA build of Torch that is there; without an
# environment in .venv it takes $(PYTHON)'s.
gpu-check:
	@$(if $(wildcard $(BIN)/python),$(BIN)/python,PYTHONPATH=. $(PYTHON)) scripts/gpu_check.py

clean:
	rm -rf .venv env

.venv/run.stamp: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e . -c constraints.txt
	touch $@

.venv/test.stamp: .venv/run.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]' -c constraints.txt
	touch $@
