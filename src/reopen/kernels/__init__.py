"""The arithmetic: arrays in, arrays out, compiled. Knows no nouns."""
