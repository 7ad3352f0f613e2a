"""Patterns of a function's derivative, from the function's own operations."""

from .declared import declare as declare
from .index_sets import IndexSets as IndexSets
from .index_sets import of_inputs as of_inputs
from .propagate import Detection as Detection
from .regions import REGIONS as REGIONS
