"""Long work in a process of its own: other visitors' pages stay quick, it can be cancelled, and all see the result.

A job is the command line itself, asked to say as JSON how far it is. It is watched by one thread that reads those
lines. When the server goes away nobody reads them, and the command line ends itself at its next line.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from segmodel.errors import SegmodelError

MOST_AT_ONCE = 2
"""Jobs that run at a time, whoever started them; each takes about one processor."""

KEPT = 24
"""Ends of jobs that are remembered, the oldest forgotten first."""

_GENTLER = 10
_ENDS_WITHIN_SECONDS = 5


@dataclass(frozen=True)
class Running:
    """A job at work: what it does, and the share of the whole that is done."""

    sentence: str = "Starting"
    done: float = 0.0


@dataclass(frozen=True)
class Ready:
    """A job that is done, and what it found."""

    result: Any


@dataclass(frozen=True)
class Failed:
    """A job that ended without a result: why, in a paragraph."""

    message: str


@dataclass(frozen=True)
class Cancelled:
    """A job that somebody stopped."""


State = Running | Ready | Failed | Cancelled


@dataclass
class _Job:
    subject: Hashable
    process: subprocess.Popen[str]
    result: IO[str]
    state: State = field(default_factory=Running)


class Jobs:
    """The jobs of one server; any thread may ask.

    Parameters
    ----------
    program : sequence of str
        What is run, before the arguments of a job.
    """

    def __init__(self, program: Sequence[str] = (sys.executable, "-m", "segmodel")) -> None:
        self._program = tuple(program)
        self._lock = threading.Lock()
        self._running: dict[Hashable, _Job] = {}
        self._ended: OrderedDict[Hashable, State] = OrderedDict()

    def start(self, key: Hashable, subject: Hashable, arguments: Sequence[str], read: Callable[[str], Any]) -> None:
        """Start a job, unless it runs or is done already.

        Parameters
        ----------
        key : hashable
            What the result is remembered by.
        subject : hashable
            Of which one job runs at a time.
        arguments : sequence of str
            For the command line, which writes progress as JSON lines to stderr and the result to stdout.
        read : callable
            Makes the result of what was written to stdout; ValueError, KeyError or TypeError where it cannot.

        Raises
        ------
        SegmodelError
            When another job of the subject runs, or as many as may run at once.
        """
        with self._lock:
            if key in self._running or isinstance(self._ended.get(key), Ready):
                return
            if any(job.subject == subject for job in self._running.values()):
                raise SegmodelError("Another computation of this segmentation runs already. Wait for it, or cancel it.")
            if len(self._running) >= MOST_AT_ONCE:
                raise SegmodelError(
                    f"{MOST_AT_ONCE} computations run already, as many as may at once. Try again when one has ended."
                )
            # a file: what is written to a pipe waits for its reader
            result = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed by who watches
            job = _Job(subject, self._start(arguments, result), result)
            self._running[key] = job
            self._ended.pop(key, None)
        threading.Thread(target=self._watch, args=(key, job, read), daemon=True).start()

    def state(self, key: Hashable) -> State | None:
        """Return how far a job is, or how it ended; None where there was none, or its end was forgotten."""
        with self._lock:
            job = self._running.get(key)
            return self._ended.get(key) if job is None else job.state

    def running(self, subject: Hashable) -> Hashable | None:
        """Return the key of the job of a subject that runs now."""
        with self._lock:
            return next((key for key, job in self._running.items() if job.subject == subject), None)

    def cancel(self, key: Hashable) -> None:
        """Stop a job; one that has ended stays as it ended."""
        with self._lock:
            job = self._running.get(key)
            if job is None:
                return
            self._end(key, Cancelled())
        _stop(job.process)

    def _start(self, arguments: Sequence[str], result: IO[str]) -> subprocess.Popen[str]:
        process = subprocess.Popen(  # noqa: S603 - our own program, no shell
            [*self._program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=result,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONUTF8": "1"},
        )
        if hasattr(os, "setpriority"):
            with contextlib.suppress(OSError):  # it has ended already
                os.setpriority(os.PRIO_PROCESS, process.pid, _GENTLER)
        return process

    def _watch(self, key: Hashable, job: _Job, read: Callable[[str], Any]) -> None:
        """Follow a job to its end."""
        said: list[str] = []
        with job.process as process, job.result as result:
            for line in process.stderr or ():
                progress = _progress(line)
                if progress is None:
                    said.append(line.strip())
                else:
                    job.state = progress
            code = process.wait()
            result.seek(0)
            end = _end_of(code, result.read(), said, read)
        with self._lock:
            if self._running.get(key) is job:
                self._end(key, end)

    def _end(self, key: Hashable, state: State) -> None:
        self._running.pop(key, None)
        self._ended[key] = state
        self._ended.move_to_end(key)
        while len(self._ended) > KEPT:
            self._ended.popitem(last=False)


def _progress(line: str) -> Running | None:
    """Read a line of progress; None where it is none."""
    try:
        content = json.loads(line)
        return Running(str(content["sentence"]), min(max(float(content["done"]), 0.0), 1.0))
    except (KeyError, TypeError, ValueError):
        return None


def _end_of(code: int, text: str, said: Sequence[str], read: Callable[[str], Any]) -> State:
    if code == 0:
        try:
            return Ready(read(text))
        except (KeyError, TypeError, ValueError):
            return Failed("The computation ended with something that cannot be read. Try again.")
    told = [line for line in said if line]
    if code == 2 and told:  # one clear paragraph
        return Failed(" ".join(told).removeprefix("Error: "))
    return Failed("The computation ended before it was done. Try again; the log of the server may say more.")


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(_ENDS_WITHIN_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
