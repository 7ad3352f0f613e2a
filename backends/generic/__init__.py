"""Makers for any array library: ops that the standard has under another name, or not at all."""
