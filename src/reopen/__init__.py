"""Open cold cases: weigh, link and prove DNA evidence."""

__version__ = "0.1.0"
