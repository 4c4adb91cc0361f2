"""A process that does blocks, one after the other: `python -m reopen.engine.worker FOLDER`.

It reads a block a line, keeps the result in the folder and answers a line: null, or why not. Lines
of JSON, so that nothing it is told can run. It ends when nobody is left to ask.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from reopen.engine.kept import Kept
from reopen.engine.outcome import reason_of
from reopen.engine.plan import Block
from reopen.engine.work import do, input_of


def main() -> None:
    kept = Kept(Path(sys.argv[1]))
    answers = os.dup(1)
    os.dup2(2, 1)  # what a library prints is no answer
    for line in sys.stdin:
        answer = json.dumps(_done(Block.of_line(line), kept)) + "\n"
        try:
            os.write(answers, answer.encode())
        except BrokenPipeError:  # who asked is gone; the result is kept
            return


def _done(block: Block, kept: Kept) -> str | None:
    try:
        kept.write(block.name, do(block, input_of(kept)))
    except Exception as error:  # whatever it is, it is told, and the block is listed
        return reason_of(error)
    return None


if __name__ == "__main__":
    main()
