"""The rules of branches and loops: `cond`, `scan`, `while`.

A carried value may turn active, unknown or batched only after an iteration, so each rule first
looks for the fixed point of the carry's flags. Then it transforms the body once, and calls the
result.
"""

from ...ops import control
from .cond import CondRules
from .scan import ScanRules
from .while_loop import WhileRules

control.cond.set_region_rules(CondRules())
control.scan.set_region_rules(ScanRules())
control.while_.set_region_rules(WhileRules())
