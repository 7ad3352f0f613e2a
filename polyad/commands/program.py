"""Programs of users that a command runs."""

from __future__ import annotations

import os
import runpy
import sys
import traceback
from collections.abc import Sequence


def run_program(path: str, arguments: Sequence[str]) -> int:
    """The status of a program that is run as Python would: 0; or 1 after an exception, whose
    traceback begins at the program.
    """
    before = sys.argv, sys.path[0]
    sys.argv, sys.path[0] = [path, *arguments], os.path.dirname(os.path.abspath(path))
    try:
        runpy.run_path(path, run_name="__main__")
    except Exception as error:
        trace = error.__traceback__
        while trace is not None and trace.tb_frame.f_code.co_filename != path:
            trace = trace.tb_next
        traceback.print_exception(type(error), error, trace)
        return 1
    finally:
        sys.argv, sys.path[0] = before
    return 0
