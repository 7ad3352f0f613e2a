"""From loops on memory to LLVM IR."""
