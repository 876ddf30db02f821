# Two commands do everything, set-up included: `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
TORCH := 2.13.0

.PHONY: demo test check lock clean

demo: $(VENV)/ready  ## from raw articles to a report, on the seed corpus
	$(BIN)/framing demo --output demo --overwrite

test: $(VENV)/ready  ## the tests, in two processes of one thread each
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 --dist loadfile

check: $(VENV)/ready  ## linters and types, as CI runs them
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The CPU build of torch saves gigabytes. pip takes it where an index or folder it knows has it; else uv, which
# knows where torch's CPU builds are. On macOS and Windows the ordinary build is a CPU build.
$(VENV)/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --constraint constraints.txt "torch==$(TORCH)+cpu" 2>/dev/null || { \
	  $(PIP) install --quiet --constraint constraints.txt uv && \
	  $(BIN)/uv pip install --quiet --python $(BIN)/python --torch-backend cpu "torch==$(TORCH)"; }
	$(PIP) install --quiet --constraint constraints.txt --editable ".[dev]"
	touch $@

lock:  ## write constraints.txt anew from the newest versions that fit pyproject.toml
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/python -m pip install --quiet "torch==$(TORCH)" uv --editable ".[dev,ray]"
	{ echo "# Versions that CI, make demo and make test install; written by make lock."; \
	  $(VENV)-lock/bin/python -m pip list --format freeze --exclude-editable --exclude pip --exclude setuptools \
	    | sed 's/+cpu$$//'; } > constraints.txt
	rm -rf $(VENV)-lock

clean:  ## remove the environment and the demo's output
	rm -rf $(VENV) demo
