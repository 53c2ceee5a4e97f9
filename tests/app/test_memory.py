from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from app import memory


@pytest.fixture(autouse=True)
def nothing_set_aside() -> Iterator[None]:
    gc.unfreeze()
    memory.set_aside.cache_clear()
    yield
    gc.unfreeze()
    memory.set_aside.cache_clear()


class Thing:
    """Refers to itself, so that only a collection frees it."""

    def __init__(self) -> None:
        self.me = self


def test_the_first_visitor_of_a_page_sets_aside_what_every_later_one_shares(opened):
    opened()
    assert gc.get_freeze_count() > 100_000  # the libraries alone
    assert len(gc.get_objects()) < gc.get_freeze_count() / 4


def test_later_runs_of_a_page_set_nothing_aside_so_that_memory_does_not_grow():
    memory.set_aside("Home")
    first = gc.get_freeze_count()
    kept = [Thing() for _ in range(1000)]
    memory.set_aside("Home")
    assert gc.get_freeze_count() <= first
    memory.set_aside("Data")
    assert gc.get_freeze_count() >= first + len(kept)


def test_what_a_run_leaves_behind_is_still_collected():
    left = weakref.ref(Thing())
    assert left() is not None
    memory.set_aside("Home")
    assert left() is None
    left = weakref.ref(Thing())
    gc.collect()
    assert left() is None
