"""A real Chromium, the dashboard served to it, and an accessibility scan.

A test asks for ``new_page`` (and so is marked ``browser``) and, for the dashboard, ``sample_app``:

    def test_home_names_the_largest_segment(new_page, sample_app):
        page = new_page(width=1280, colour_scheme="dark")
        open_dashboard(page, sample_app.url)
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.ports import LOOPBACK, free_port

# Chromium's sandbox needs rights that root and most containers lack; the rest keeps it from calling home.
CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # no page reaches another machine; asking a test about every request would cost more than most tests do
    f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {LOOPBACK}",
)
STARTS_WITHIN_SECONDS = 60
LOADS_WITHIN_MILLISECONDS = 60_000

NewPage = Callable[..., Page]


@dataclass(frozen=True)
class ServedApp:
    """A dashboard being served: its address, and the file that gets what it prints."""

    url: str
    log: Path


def find_chromium() -> str | None:
    """Return the path of an installed Chromium or Chrome, or None."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start Chromium for one module of tests; skip them where there is none.

    Not for the whole run: Playwright keeps an event loop running, which other tests must not find.
    """
    executable = find_chromium()
    if executable is None:
        pytest.skip("no Chromium on the path (Debian's package is called chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(CHROMIUM_ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium: Browser) -> Iterator[NewPage]:
    """Open pages, each in a profile of its own."""
    contexts = []

    def open_page(width: int = 1280, height: int = 900, colour_scheme: str = "light") -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme=colour_scheme,  # type: ignore[arg-type]
            locale="en-GB",
            timezone_id="Europe/London",
            reduced_motion="reduce",
            accept_downloads=True,
        )
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


@contextmanager
def serve(command: Sequence[str], port: int, log: Path) -> Iterator[ServedApp]:
    """Run a command that serves a Streamlit app; enter when it is healthy, end it with the block."""
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # so that what it starts in turn ends with it
        )
        try:
            _wait_until_healthy(process, port, log)
            yield ServedApp(f"http://{LOOPBACK}:{port}", log)
        finally:
            _stop(process)


@contextmanager
def serve_workspace(folder: Path, log: Path) -> Iterator[ServedApp]:
    """Serve the dashboard of one workspace, as ``segmodel app`` does."""
    port = free_port()
    command = [sys.executable, "-m", "segmodel", "app", str(folder), "--port", str(port)]
    with serve(command, port, log) as served:
        yield served


@pytest.fixture(scope="session")
def sample_app(built_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedApp]:
    """The dashboard of the built sample workspace, served once for all tests of one process."""
    with serve_workspace(built_sample, tmp_path_factory.mktemp("served") / "app.log") as served:
        yield served


def open_dashboard(page: Page, url: str) -> None:
    """Go to an address of the dashboard and wait until it is drawn."""
    page.goto(url, timeout=LOADS_WITHIN_MILLISECONDS)
    wait_until_drawn(page)


def wait_until_drawn(page: Page) -> None:
    """Wait until the page's script has run to its end and no placeholder is left."""
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=LOADS_WITHIN_MILLISECONDS)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=LOADS_WITHIN_MILLISECONDS)


def accessibility_violations(page: Page) -> list[str]:
    """Return what axe-core calls serious or critical on the page, one line a rule, naming the elements."""
    found = Axe().run(page).response["violations"]
    return [
        f"{violation['id']} ({violation['impact']}): {violation['help']}: "
        + "; ".join(str(node["target"]) for node in violation["nodes"])
        for violation in found
        if violation["impact"] in {"serious", "critical"}
    ]


def _wait_until_healthy(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(STARTS_WITHIN_SECONDS * 10):
        if _is_healthy(port):
            return
        try:
            process.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            continue
        break
    raise RuntimeError(f"the app did not become healthy on port {port}:\n{log.read_text()}")


def _is_healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/_stcore/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the process and all it started."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, how)
            process.wait(timeout=10)
        except ProcessLookupError:
            break
        except subprocess.TimeoutExpired:
            continue
        break
    process.wait()
