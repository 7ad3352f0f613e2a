"""Passes from IR to IR that keep the meaning of a function."""
