"""Slow checks on real data with known truth: each is a script that anyone can run again.

Not here: tests (`tests/`), and anything the program needs at run time.
"""
