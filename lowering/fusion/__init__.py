"""kernel -> kernel: fewer, larger kernels."""
