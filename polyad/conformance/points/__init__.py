"""The tables of special points; `SPECIAL_POINTS` has their rows."""

from . import elementary as elementary
