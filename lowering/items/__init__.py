"""One matrix or line: factorisations, eigenvalues, sorting."""
