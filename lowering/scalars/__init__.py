"""One element: the scalar form of every op, and vector math."""
