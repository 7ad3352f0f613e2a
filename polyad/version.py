"""The version of polyad. It stands here and nowhere else: packages read it from this file."""

__version__ = "0.1.0"
