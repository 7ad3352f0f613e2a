"""Machine code that all compiled functions of a process share: threads, results, products."""
