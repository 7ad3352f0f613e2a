"""array -> kernel, and products and moves among kernels: before anything is fused."""
