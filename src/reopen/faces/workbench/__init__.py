"""The Python face: what a unit does with its cases, as functions and values."""
