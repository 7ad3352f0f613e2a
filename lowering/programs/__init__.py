"""A compiled program: a table of calls of units, which are compiled once for all programs."""
