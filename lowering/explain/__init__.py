"""An account of a compiled function, step by step: the ops fused into each kernel, its reads,
writes and costs, and the ops that Python still runs.
"""

from .account import explain as explain
