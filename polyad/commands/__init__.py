"""The commands of `python -m polyad`."""
