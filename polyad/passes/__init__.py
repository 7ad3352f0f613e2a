"""Passes from IR to IR that keep what a function means."""
