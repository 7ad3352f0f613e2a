"""An account of a compiled function, step by step: the ops that became one kernel, what each step
reads, writes and costs, and what Python still does.
"""

from .account import explain as explain
