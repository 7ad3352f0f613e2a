# `make demo` and `make test` need Python 3.11+ and make, and nothing else.
# Each group of dependencies has a stamp in .venv, so that a second run installs nothing.

PYTHON ?= python3
WORKERS ?= 2
BIN := .venv/bin
PACKAGING := pyproject.toml setup.py

# Where this is set, each of the tests' hundreds of fresh processes compiles every module anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: conformance demo examples test test-all test-order test-minimum test-full lint golden docs reference bench growth fuzz clean

demo: .venv/.installed
	$(BIN)/python examples/demo.py

# The plots go to examples/output/.
examples: .venv/.installed-examples
	for chapter in ode kalman lstm newton reaction bundle cartpole laplace; do echo "== $$chapter"; $(BIN)/python examples/$$chapter.py || exit; done

test: lint
	$(BIN)/pytest -q -n $(WORKERS) --dist worksteal --slow

# Besides: every cell of the conformance matrix and of the special points, all samples of PyTorch's
# operator database, and long runs of the tests that draw their input.
test-full: test .venv/.installed-docs
	$(BIN)/python -m polyad conformance --jobs $(WORKERS)
	$(BIN)/python tests/foreign/op_database.py --jobs $(WORKERS)
	WHOLE_TABLES=1 $(BIN)/pytest -q -n $(WORKERS) --dist worksteal tests/conformance/test_special_points.py
	$(BIN)/pytest -q -n $(WORKERS) --dist worksteal --full -m "full or share"
	EXAMPLES_FACTOR=20 $(BIN)/pytest -q -n $(WORKERS) --dist worksteal --slow -m hypothesis

# The tests on each of these Pythons that is found, pyenv's or on the path, with the newest dependencies, each in an
# environment of its own below .venv. TESTS narrows it down.
PYTHONS ?= 3.11 3.12 3.13 3.14
TESTS ?= tests

test-all:
	@failed=; for version in $(PYTHONS); do \
	  python=$$(ls -d "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/$$version.*/bin/python 2>/dev/null | tail -1); \
	  python=$${python:-$$(command -v python$$version)}; \
	  if ! $${python:-false} -c ''; then echo "== there is no Python $$version"; continue; fi; \
	  echo "== Python $$version: $$python"; own=.venv/python$$version; \
	  { [ -x $$own/bin/python ] || $$python -m venv $$own; } \
	  && $$own/bin/python -m pip install --quiet --disable-pip-version-check --upgrade --upgrade-strategy eager --editable '.[test]' \
	  && $$own/bin/python -m pytest -q -n $(WORKERS) --dist worksteal --slow $(TESTS) || failed="$$failed $$version"; \
	done; [ -z "$$failed" ] || { echo "failed on$$failed"; exit 1; }

# The tests in an order of chance, by four workers: none depends on those before it.
SEED ?= 1

test-order: .venv/.installed-test
	$(BIN)/pytest -q -n 4 --dist worksteal --slow --order $(SEED) $(TESTS)

# A part of the tests with exactly the lowest versions of the libraries that pyproject.toml allows.
test-minimum: .venv-minimum/.installed
	.venv-minimum/bin/python -m pytest -q -n $(WORKERS) -W ignore $(MINIMUM)

MINIMUM := $(addprefix tests/,api backends errors explorer ir numpy/test_against_strict.py numpy/test_linalg.py numpy/test_spellings.py numpy/test_spellings_by_hand.py passes scipy special transforms lowering/calling sparse/test_matrices.py test_packaging.py test_tree.py)

.venv-minimum/.installed: $(PACKAGING) tests/minimum.py | .venv/bin/python
	$(BIN)/python -m venv .venv-minimum
	$(BIN)/python tests/minimum.py > .venv-minimum/requirements.txt
	.venv-minimum/bin/python -m pip install --quiet --disable-pip-version-check -r .venv-minimum/requirements.txt
	.venv-minimum/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

lint: .venv/.installed-test
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy --no-error-summary
	$(BIN)/lint-imports

# Rewrites the golden texts of tests/; read the difference before you commit it.
golden: .venv/.installed-test
	$(BIN)/pytest -q -n $(WORKERS) -m golden --regenerate

# Random programs against oracles, until it is stopped; goes on where it was. Faults are kept in fuzz/.
fuzz: .venv/.installed-test
	$(BIN)/python -m polyad fuzz --programs 1000000 --jobs $(WORKERS)

# The site, into build/site/html: strict, without a network, every link followed.
docs: .venv/.installed-docs
	$(BIN)/python docs/site/build.py

# Writes the reference of ops and passes, the tables of names into docs/coming_from_*.md, and the measured errors into docs/accuracy.md.
reference: .venv/.installed-test
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/accuracy.py
	$(BIN)/python docs/torch_calls.py
	$(BIN)/python docs/exact_zeros.py
	$(BIN)/python docs/dialects.py

# The whole matrix of ops, dtypes, laws and backends; writes docs/conformance.md and conformance_matrix.html.
conformance: .venv/.installed-test
	$(BIN)/python -m polyad conformance --jobs $(WORKERS) --output docs

bench: .venv/.installed-bench
	$(BIN)/python -m bench

# Whether memory grows with functions, shapes, calls and errors: fails beyond 20 MB.
growth: .venv/.installed
	$(BIN)/python -m bench.growth

clean:
	rm -rf .venv .venv-minimum build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "polyad needs Python 3.11 or newer; try make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv

.venv/.installed: $(PACKAGING) | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/.installed-test .venv/.installed-bench .venv/.installed-examples .venv/.installed-docs: .venv/.installed-%: $(PACKAGING) | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$*]'
	@touch $@ .venv/.installed
