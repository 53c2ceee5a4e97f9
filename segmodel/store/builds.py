"""The folder of builds: one writer at a time, atomic publication, rollback, the last N kept.

store/2026-06-30T101502Z.duckdb   a complete build, never changed again
store/2026-06-30T101502Z.tables   tables of a row a customer or more, as Parquet, where Spark made them
store/current                     the name of the published one
store/lock                        who is building
store/.building-…                 a build being made; what a killed build leaves behind
"""

from __future__ import annotations

import contextlib
import datetime
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from segmodel.definition import EngineSettings
from segmodel.engines import Engine, SparkEngine
from segmodel.errors import EngineError, StoreError, did_you_mean
from segmodel.store.files import fsync, remove_unfinished, replace_file
from segmodel.store.lock import disk_errors, locked
from segmodel.store.published import PublishedBuild
from segmodel.store.rows import RowFiles

_SUFFIX = ".duckdb"
_LARGE = ".tables"
_UNFINISHED = ".building-"
_BUILD_ID = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{6}Z(-\d+)?$")


@dataclass(frozen=True)
class BuildInfo:
    """One complete build on disk."""

    build_id: str
    built_at: datetime.datetime
    as_of: datetime.date | None
    size_bytes: int
    is_current: bool


@dataclass(frozen=True)
class Writing:
    """A build being made: its id, the engine that writes it and a folder for what spills."""

    build_id: str
    engine: Engine
    spill: Path


class Builds:
    """The builds of a workspace.

    Parameters
    ----------
    folder : Path
        The workspace's `store` folder; made when the first build starts.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows = RowFiles(folder / "rows")

    def current(self) -> str | None:
        """Return the id of the published build, or None before the first.

        Raises
        ------
        StoreError
            When `current` names a build that is not there.
        """
        try:
            build_id = (self.folder / "current").read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not text"
            raise StoreError(f"'{self._pointer}' cannot be read: {reason}. Build again, or roll back.") from None
        if not _BUILD_ID.match(build_id) or not self.path(build_id).is_file():
            known = ", ".join(self._ids()) or "none"
            raise StoreError(
                f"'{self._pointer}' names build '{build_id[:40]}', which is not there (there: {known}). "
                "Build again, or roll back to one that is."
            )
        return build_id

    def infos(self) -> tuple[BuildInfo, ...]:
        """Return the complete builds, newest first."""
        try:
            current = self.current()
        except StoreError:
            current = None  # the pointer is damaged; what is there can still be listed and rolled back to
        return tuple(self._info(build_id, current) for build_id in reversed(self._ids()))

    def path(self, build_id: str) -> Path:
        """Return the file of a build."""
        return self.folder / f"{build_id}{_SUFFIX}"

    def _large(self, build_id: str) -> Path:
        """Return the folder of the tables of a build that are kept apart."""
        return self.folder / f"{build_id}{_LARGE}"

    def _remove(self, build_id: str) -> None:
        self.path(build_id).unlink(missing_ok=True)
        shutil.rmtree(self._large(build_id), ignore_errors=True)

    def open(self, build_id: str, settings: EngineSettings | None = None) -> Engine:
        """Open a complete build for reading.

        Raises
        ------
        StoreError
            When there is no such build, or its file is damaged.
        """
        if not _BUILD_ID.match(build_id) or not self.path(build_id).is_file():
            ids = self._ids()
            raise StoreError(
                f"There is no build '{build_id[:40]}'; there: {', '.join(ids) or 'none'}.{did_you_mean(build_id, ids)}"
            )
        try:
            return Engine.open(self.path(build_id), settings, read_only=True, large=self._large(build_id))
        except (EngineError, StoreError) as error:
            told = self._without_folder(str(error))
            raise StoreError(f"Build {build_id} cannot be opened, its file may be damaged. {told}") from error

    def rollback(self, build_id: str) -> None:
        """Publish an earlier build again.

        Raises
        ------
        StoreError
            When there is no such build, or this version of the product cannot read it; nothing is changed then.
        """
        # first of all: nothing is made, not even the lock, where there is no such build
        PublishedBuild(build_id, self.open(build_id)).close()
        with self.locked():
            if not self.path(build_id).is_file():
                raise StoreError(f"Build '{build_id}' was dropped just now. Choose another.")
            with disk_errors():
                self._point_to(build_id)

    @contextlib.contextmanager
    def writing(
        self,
        settings: EngineSettings,
        keep: int,
        before_publishing: Callable[[], None] | None = None,
        start_from: Callable[[], str | None] = lambda: None,
    ) -> Iterator[Writing]:
        """Make a build inside the block; it is published when the block ends without an error.

        `before_publishing` runs once the build's file is complete and before it is pointed to. `start_from` is asked
        under the lock, before anything is made, for an earlier build whose file is copied to begin with.

        Raises
        ------
        StoreError
            When somebody else is building; the message says who.
        """
        with self.locked():
            self._clean_up()
            earlier = start_from()
            build_id = self._new_id()
            work = self.folder / f"{_UNFINISHED}{build_id}"
            try:
                with disk_errors():
                    (work / "spill").mkdir(parents=True)
                unfinished = work / f"build{_SUFFIX}"
                if earlier is not None:
                    with disk_errors():
                        shutil.copyfile(self.path(earlier), unfinished)
                kind, large = (SparkEngine, work / "large") if settings.name == "spark" else (Engine, None)
                with kind.open(unfinished, settings, work / "spill", large=large) as engine:
                    yield Writing(build_id, engine, work / "spill")
                    engine.execute("CHECKPOINT")
                with disk_errors():
                    fsync(unfinished)
                    if large is not None:
                        _fsync_all(large)
                    if before_publishing is not None:
                        before_publishing()
                    if large is not None:
                        large.rename(self._large(build_id))
                    unfinished.rename(self.path(build_id))
                    fsync(self.folder)
                    self._point_to(build_id)
            except BaseException:  # whatever it was, an interrupt too: clean up, and let it go on
                # complete, but never published: it would show up as a build to roll back to
                if not self._points_to(build_id):
                    self._remove(build_id)
                raise
            finally:
                shutil.rmtree(work, ignore_errors=True)
            self._drop_old(keep)

    @property
    def _pointer(self) -> str:
        return f"{self.folder.name}/current"

    def _without_folder(self, text: str) -> str:
        """Return a message that names files from the store on: visitors of the dashboard may read it."""
        for parent in (self.folder.resolve().parent, self.folder.absolute().parent):
            text = text.replace(f"{parent}/", "")
        return text

    def _point_to(self, build_id: str) -> None:
        replace_file(self.folder / "current", build_id + "\n")

    def _points_to(self, build_id: str) -> bool:
        try:
            return (self.folder / "current").read_text(encoding="ascii").strip() == build_id
        except (OSError, UnicodeDecodeError):
            return False

    def _ids(self) -> list[str]:
        found = (path.name.removesuffix(_SUFFIX) for path in self.folder.glob(f"*{_SUFFIX}"))
        return sorted((build_id for build_id in found if _BUILD_ID.match(build_id)), key=_age)

    def _new_id(self) -> str:
        stamp = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H%M%SZ")
        # counted on from the newest of this second: the name of one that was dropped is not used again
        attempts = [attempt for taken, attempt in map(_age, self._ids()) if taken == stamp]
        return f"{stamp}-{max(attempts) + 1}" if attempts else stamp

    def _info(self, build_id: str, current: str | None) -> BuildInfo:
        stamp = build_id[: len("2026-06-30T101502Z")]
        built_at = datetime.datetime.strptime(stamp, "%Y-%m-%dT%H%M%SZ").replace(tzinfo=datetime.UTC)
        try:
            with self.open(build_id) as engine:
                as_of = engine.value("SELECT as_of FROM build")
        except (StoreError, EngineError):
            as_of = None  # listed all the same: a damaged build is worth seeing
        return BuildInfo(build_id, built_at, as_of, self.path(build_id).stat().st_size, build_id == current)

    def _clean_up(self) -> None:
        """Remove what a killed build left behind."""
        for path in self.folder.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(path, ignore_errors=True)
        remove_unfinished(self.folder)
        complete = {self._large(build_id) for build_id in self._ids()}
        for path in self.folder.glob(f"*{_LARGE}"):
            if path not in complete:
                shutil.rmtree(path, ignore_errors=True)

    def _drop_old(self, keep: int) -> None:
        current = self.current()
        for build_id in self._ids()[:-keep]:
            if build_id != current:
                self._remove(build_id)
        self.rows.drop_except(name for build_id in self._ids() for name in self._rows_of(build_id))

    def _rows_of(self, build_id: str) -> list[str]:
        """Return the names of the rows a build kept; none of one that is damaged, as nothing can start from it."""
        with contextlib.suppress(StoreError, EngineError), self.open(build_id) as engine:
            if "source_ledger" in engine.tables():
                return [name for (name,) in engine.rows("SELECT kept FROM source_ledger WHERE kept IS NOT NULL")]
        return []

    def locked(self) -> contextlib.AbstractContextManager[None]:
        """Hold the lock of the store, so that nobody builds in it meanwhile.

        Raises
        ------
        StoreError
            When somebody is building; the message says who.
        """
        return locked(self.folder / "lock", "Another build is running")


def _fsync_all(folder: Path) -> None:
    for path in (*(found for found in folder.rglob("*") if found.is_file()), folder):
        fsync(path)


def _age(build_id: str) -> tuple[str, int]:
    """Return the second a build was made in, and which of that second it is."""
    stamp, _, attempt = build_id.partition("Z-")
    return stamp.removesuffix("Z") + "Z", int(attempt or 1)
