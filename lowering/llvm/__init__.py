"""LLVM IR under construction: modules, the writer, types, vectors, calls of BLAS."""
