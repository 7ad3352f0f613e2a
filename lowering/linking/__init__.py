"""From LLVM IR to machine code: engine, symbols, processor, code on disk."""
