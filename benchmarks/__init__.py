"""Benchmarks for asv: `cd benchmarks && asv run`; `asv run -E existing` on the installed package.

They measure; they assert nothing. Compare versions as ratios within one run on one machine. The
table beside another program's figures is `python -m verification.speed`.
"""
