"""Random programs against oracles: `python -m polyad fuzz`.

A program is Python source, made line by line (`grammar`, `builder`), each line run as it is made.
The oracles (`oracles`) compare it with other ways to run it and with differences of it. A program
that fails is made small (`minimize`) and written down as a file of its own (`campaign`).
"""
