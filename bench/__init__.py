"""Timings of polyad beside its peers; `make bench` installs those and runs `python -m bench`."""
