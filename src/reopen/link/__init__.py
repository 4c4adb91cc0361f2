"""Which belong together: every stain contributor against every reference and every other stain."""
