from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

import pytest

from app.jobs import KEPT, Cancelled, Failed, Jobs, Ready, Running, State
from segmodel.errors import SegmodelError

PROGRESS = (
    "import sys, json; say = lambda s, d: print(json.dumps({'sentence': s, 'done': d}), file=sys.stderr, flush=True);"
)
ANSWERS = f"{PROGRESS} say('Reading', 0.5); print(json.dumps({{'k': 5}}))"
# ends when what it writes has no reader, as the command line does
WORKS_ON = (
    f"{PROGRESS} import time; say('Working', 0.25); [time.sleep(0.05) or say('Working', 0.25) for _ in range(600)]"
)
PATIENCE_SECONDS = 20


def jobs() -> Jobs:
    return Jobs((sys.executable, "-c"))


def start(found: Jobs, key: str, program: str, subject: str = "behaviour", read: Callable = json.loads) -> None:
    found.start(key, subject, (program,), read)


def until(found: Jobs, key: str, wanted: Callable[[State | None], bool]) -> State:
    end = time.monotonic() + PATIENCE_SECONDS
    while not wanted(state := found.state(key)):
        assert time.monotonic() < end, f"still {state}"
        time.sleep(0.01)
    assert state is not None
    return state


def ended(state: State | None) -> bool:
    return not isinstance(state, Running)


def test_a_job_says_how_far_it_is_and_what_it_found() -> None:
    found = jobs()
    assert found.state("a") is None
    start(found, "a", f"{ANSWERS}; sys.stdin.read()")
    assert until(found, "a", ended) == Ready({"k": 5})
    assert found.running("behaviour") is None


def test_progress_is_seen_while_it_works_and_cancelling_ends_the_process() -> None:
    found = jobs()
    start(found, "a", WORKS_ON)
    assert until(found, "a", lambda state: state != Running()) == Running("Working", 0.25)
    process = found._running["a"].process
    assert found.running("behaviour") == "a"
    found.cancel("a")
    assert found.state("a") == Cancelled()
    assert process.wait(PATIENCE_SECONDS) != 0
    start(found, "a", ANSWERS)  # and can be started again
    assert isinstance(until(found, "a", ended), Ready)


def test_a_job_ends_when_nobody_reads_what_it_says() -> None:
    found = jobs()
    start(found, "a", WORKS_ON)
    until(found, "a", lambda state: state != Running())
    process = found._running["a"].process
    other = found._start((WORKS_ON,), found._running["a"].result)
    assert other.stderr is not None
    other.stderr.close()  # as when the server was killed
    assert other.wait(PATIENCE_SECONDS) != 0
    found.cancel("a")
    process.wait(PATIENCE_SECONDS)


def test_one_job_of_a_subject_runs_at_a_time_and_few_in_all() -> None:
    found = jobs()
    start(found, "a", WORKS_ON)
    start(found, "a", WORKS_ON)  # the same again is the same job
    with pytest.raises(SegmodelError, match="of this segmentation runs already"):
        start(found, "b", WORKS_ON)
    start(found, "c", WORKS_ON, subject="needs")
    with pytest.raises(SegmodelError, match="2 computations run already"):
        start(found, "d", WORKS_ON, subject="value")
    for key in "ac":
        process = found._running[key].process
        found.cancel(key)
        process.wait(PATIENCE_SECONDS)


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("import sys; print('Error: Build first.', file=sys.stderr); sys.exit(2)", "Build first."),
        ("print('not JSON')", "something that cannot be read"),
        ("raise SystemExit(1)", "ended before it was done"),
    ],
)
def test_a_job_that_fails_says_why(program: str, message: str) -> None:
    found = jobs()
    start(found, "a", program)
    state = until(found, "a", ended)
    assert isinstance(state, Failed)
    assert message in state.message


def test_a_result_larger_than_a_pipe_holds_is_read() -> None:
    found = jobs()
    start(found, "a", "print('\"' + 'x' * 300_000 + '\"')")
    assert until(found, "a", ended) == Ready("x" * 300_000)


def test_only_the_latest_ends_are_remembered() -> None:
    found = jobs()
    for number in range(KEPT + 3):
        found._end(number, Cancelled())
    assert found.state(2) is None
    assert found.state(3) == Cancelled()
