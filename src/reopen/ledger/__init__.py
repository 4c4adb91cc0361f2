"""The log nobody can edit: canonical bytes, Merkle tree, checkpoints, proofs, a verifier."""
