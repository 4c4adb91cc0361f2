"""How a batch is worked through: in order, and stopped at once."""

from __future__ import annotations

from threading import Event

import pytest

from reopen.link.stains import LinkOptions, each, quiet


def test_outcomes_come_in_the_order_of_the_items() -> None:
    second_done = Event()

    def work(item: int) -> int:
        if item == 0:
            assert second_done.wait(10)
        else:
            second_done.set()
        return 10 * item

    assert list(each(work, [0, 1], LinkOptions(workers=2), "working", quiet)) == [0, 10]


def test_who_stops_does_not_wait_for_what_is_at_work() -> None:
    at_work, go_on, begun = Event(), Event(), []

    def work(item: int) -> None:
        begun.append(item)
        if item == 1:
            at_work.set()
            assert go_on.wait(60)

    def progress(step: str, done: int, of: int) -> None:
        if done == 1:
            assert at_work.wait(10)
            raise KeyboardInterrupt

    try:
        with pytest.raises(KeyboardInterrupt):
            list(each(work, range(9), LinkOptions(workers=1), "working", progress))
        assert not go_on.is_set()
    finally:
        go_on.set()
    assert begun == [0, 1], "what is not begun is dropped"
