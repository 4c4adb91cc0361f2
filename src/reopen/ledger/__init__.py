"""The log nobody can edit: canonical bytes, Merkle tree, checkpoints, proofs, a verifier.

Its modules are used one by one. It knows no records and no database, so that it can be lifted
out; `verify.py` can be copied alone.
"""
