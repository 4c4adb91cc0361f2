"""Run it on many machines: plan blocks of work, do them anywhere, merge, resume. Same numbers."""
