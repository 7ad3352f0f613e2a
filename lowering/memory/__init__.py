"""kernel -> kernel on memory: where every array lives."""
