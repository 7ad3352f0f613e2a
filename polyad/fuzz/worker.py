"""The process that runs a chunk of programs: `python -m polyad.fuzz.worker FIRST COUNT DEEP`. It
prints an event on each line, in JSON.
"""

from __future__ import annotations

import json
import os
import sys

from .campaign import Event, chunk


def main() -> None:
    """Run the chunk. What programs print is lost."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def report(event: Event) -> None:
        out.write(json.dumps(event) + "\n")
        out.flush()

    first, count, every = map(int, sys.argv[1:4])
    chunk(first, count, every, report)


if __name__ == "__main__":
    main()
