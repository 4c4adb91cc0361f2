"""One module for each part of the board: what its pages show, as frozen values."""
