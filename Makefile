# Everything sets itself up: `make demo` and `make test` work in a fresh clone.

PYTHON := .venv/bin/python
export PYTHONPATH := $(CURDIR)/python
SWIFT_FOLDERS := Package.swift Sources Tests demo examples
PYTHON_FOLDERS := python Tests/python demo Benchmarks Tools

.PHONY: help setup build demo test test-swift test-python test-devices fuzz bench sanitize format \
  lint numpy-suite numba-suite scratch-package docs clean

help:
	@echo "make demo      run a NumPy script on photographs with NumPy and with Martlet, and compare"
	@echo "make test      the Swift tests, the Python tests, and those of the operations on every device"
	@echo "make bench     speeds against NumPy, and of Swift programs against plain loops"
	@echo "               (BENCH=--all, --programs or --first; '--only sum' chooses)"
	@echo "make fuzz      wrong calls for ten minutes, in processes that may die (FUZZ_MINUTES=10)"
	@echo "make build     the Python extension, into python/martlet"
	@echo "make numpy-suite  NumPy's own test files with np meaning Martlet (SUITE=PATTERN chooses files)"
	@echo "make numba-suite  numba's own test files on Martlet's kernels (pip install numba first)"
	@echo "make scratch-package  a package that depends on Martlet by path and by tag, built and run"
	@echo "make docs      the documentation of the Swift products, into output/docs"
	@echo "make sanitize  the Swift tests under the address and thread sanitizers"
	@echo "make format    lay out the Swift and Python sources"
	@echo "make lint      check layout and style, changing nothing"
	@echo "make clean     remove what was built, .venv included"

setup:
	@Tools/setup.sh

build: setup
	@$(PYTHON) Tools/build_extension.py

demo: build
	@$(PYTHON) demo/run.py
	@$(PYTHON) demo/transcript.py

test: test-swift test-python test-devices

# The operation suite on devices with memory of their own: a word here for each.
DEVICES := simulator opencl
DEVICE_TESTS := $(addprefix Tests/python/test_,elementwise.py ufunc_methods.py reductions.py \
  indexing.py creation.py views_and_selection.py)

test-swift: setup
	@echo "==> Swift tests (swift test)"
	swift test

test-python: build
	@Tools/setup.sh libraries
	@echo "==> Python tests (pytest)"
	$(PYTHON) -m pytest --numprocesses 2 $(PYTEST) Tests/python

test-devices: build
	@for device in $(DEVICES); do \
	  echo "==> Python tests of the operations on $$device"; \
	  MARTLET_DEVICE=$$device MARTLET_TEST_EXAMPLES=1 \
	    $(PYTHON) -m pytest --numprocesses 2 -q $(PYTEST) $(DEVICE_TESTS) || exit 1; \
	done

FUZZ_MINUTES := 10

fuzz: build
	$(PYTHON) Tests/python/fuzz.py --minutes $(FUZZ_MINUTES)

bench: build
	@$(PYTHON) Benchmarks/bench.py $(BENCH)
	@if [ -z '$(BENCH)' ]; then swift run -c release --quiet ArrayBenchmarks; fi

numpy-suite: build
	@$(PYTHON) Tools/suites/numpy_tests.py $(SUITE)

numba-suite: build
	@$(PYTHON) Tools/suites/numba_tests.py $(SUITE)

docs:
	swift build
	@python3 Tools/docs.py .build/debug/Modules

# Minutes: four builds from nothing.
scratch-package:
	@python3 Tools/scratch_package.py

# The sanitizers' own dlopen does not look where NVRTC says that the rest of it lies: beside it.
NVRTC_FOLDER = $$(echo $(CURDIR)/.venv/lib/python3*/site-packages/nvidia/cuda_nvrtc/lib)

# CUDA's own compiler takes very long under a sanitizer, and has nothing of Martlet's to show.
SANITIZED = --skip CUDAKernelsTests

# Each sanitizer keeps a build of its own, so that neither spoils the other's nor the plain one. The
# address sanitizer aborts where PoCL's threads end, so there is no OpenCL there.
sanitize: setup
	@echo "==> Swift tests under the address sanitizer"
	LD_LIBRARY_PATH=$(NVRTC_FOLDER) OCL_ICD_VENDORS=/nonexistent \
	  LSAN_OPTIONS=suppressions=Tests/leaks.txt \
	  swift test --sanitize address --scratch-path .build/address $(SANITIZED)
	@echo "==> Swift tests under the thread sanitizer"
	LD_LIBRARY_PATH=$(NVRTC_FOLDER) TSAN_OPTIONS=suppressions=Tests/races.txt \
	  swift test --sanitize thread --scratch-path .build/thread $(SANITIZED)

format: setup
	swift format --in-place --parallel --recursive $(SWIFT_FOLDERS)
	$(PYTHON) -m ruff check --fix $(PYTHON_FOLDERS)
	$(PYTHON) -m ruff format $(PYTHON_FOLDERS)

lint: setup
	swift format lint --strict --parallel --recursive $(SWIFT_FOLDERS)
	$(PYTHON) -m ruff check $(PYTHON_FOLDERS)
	$(PYTHON) -m ruff format --check $(PYTHON_FOLDERS)

clean:
	rm -rf .build .venv output dist python/martlet/_martlet.abi3.so python/martlet/_kernels.*.pack
	find $(PYTHON_FOLDERS) -name __pycache__ -type d -prune -exec rm -rf {} +
