"""The conversions of the native pipeline, one per file. Each opens with what it consumes,
eliminates and introduces.
"""
