"""Slow, readable twins of fast kernels: what a reviewer reads, and what the kernels must equal."""
