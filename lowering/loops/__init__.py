"""kernel on memory -> loop: explicit loops, in part parallel."""
