"""The codes with which a run ends: 0 for success."""

RAISED = 1  # a Python error is set
OUT_OF_MEMORY = 2
# Of a run without Python, which cannot raise:
TOO_MANY_STEPS = 3  # a `while` has reached its limit
NO_ANSWER = 4  # of a routine: a singular matrix, or an iteration that does not converge
