"""From a Python call to machine code and back."""
