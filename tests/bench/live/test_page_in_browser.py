"""The live page in Debian's Chromium: read, used by keyboard, lost, given hostile text."""

import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from firmware_sim.bench.evidence.ledger import RunLedger
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.evidence.wishes import Wish, leave_wish
from tests.bench.drills.wave_stories import text_of
from tests.bench.evidence.rehearsal import START, rehearse, run_info
from tests.bench.experiments.fleet.programs import shards_in, until
from tests.requirements import require_engine, require_tool
from tests.support.browser import AXE_RUN, DESK, PHONE, SERIOUS, axe_source

pytestmark = pytest.mark.slow

_CLIPPED = """() => [...document.querySelectorAll("main *, header *")]
  .filter(each => each.getBoundingClientRect().right > innerWidth + 1)
  .filter(each => !each.closest(".scroll, .skip")).map(each => each.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        path = str(require_tool("chromium"))
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browser") / "run"
    rehearse(folder, premises=14, failing=5)
    return folder


@contextmanager
def program(*words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A program that shows a page, and the page's address."""
    command = [sys.executable, "-m", "firmware_sim", *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as started:
        assert started.stderr is not None
        for line in started.stderr:
            if found := re.search(r"http://\S+", line):
                break
        else:
            pytest.fail("no address was told")
        try:
            yield started, found[0]
        finally:
            started.terminate()
            started.stderr.read()


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page of a fleet that waits, with some of its shards run, of which some devices failed."""
    require_engine()
    folder = tmp_path_factory.mktemp("fleet")
    (folder / "story.yaml").write_text(text_of(top="links: {unreachable: {share: 5%}}\n", after=""))
    words = ("fleet", "run", str(folder / "story.yaml"), "--devices", "60000", "--workers", "1")
    with program(*words, "--out", str(folder / "run"), "--live", "0") as (_, url):
        until(lambda: shards_in(folder / "run") > 0)
        leave_wish(folder / "run", Wish.PAUSE)
        yield url


def look(browser: Browser, url: str, *, width: int = DESK, scheme: str = "light") -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
        bypass_csp=True,
    )
    page = context.new_page()
    page.goto(url)
    return page


@pytest.fixture(scope="module")
def url(played: Path) -> Iterator[str]:
    with program("live", str(played), "--port", "0") as (_, url):
        yield url


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [DESK, PHONE])
def test_axe_finds_nothing_serious_and_nothing_is_clipped(
    width: int, scheme: str, url: str, browser: Browser
) -> None:
    page = look(browser, url, width=width, scheme=scheme)
    expect(page.locator("#status")).to_have_text("over")
    page.evaluate(axe_source())
    assert [each for each in page.evaluate(AXE_RUN) if each[0] in SERIOUS] == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate(_CLIPPED) == []
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [DESK, PHONE])
def test_axe_finds_nothing_serious_on_the_page_of_a_fleet(
    width: int, scheme: str, fleet: str, browser: Browser
) -> None:
    page = look(browser, fleet, width=width, scheme=scheme)
    expect(page.locator("#status")).to_have_text("paused", timeout=300000)
    expect(page.locator("#shards-meta")).to_contain_text("of 13 shards")
    expect(page.locator("#outcomes-table")).to_contain_text("unreachable")
    expect(page.locator("#stuck tr")).to_have_count(100)
    expect(page.locator("#stuck tr").first).to_contain_text("unreachable: ")
    expect(page.locator("#notice")).to_contain_text("--resume")
    page.evaluate(axe_source())
    assert [each for each in page.evaluate(AXE_RUN) if each[0] in SERIOUS] == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate(_CLIPPED) == []
    page.context.close()


def test_a_message_is_opened_and_decoded_by_keyboard_alone(url: str, browser: Browser) -> None:
    page = look(browser, url)
    expect(page.locator("#messages summary").first).to_be_visible()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "SUMMARY":
            break
    page.keyboard.press("Enter")
    expect(page.locator("#messages pre").first).to_contain_text("originator")
    page.context.close()


def test_text_of_a_hostile_ledger_is_shown_and_does_nothing(
    tmp_path: Path, browser: Browser
) -> None:
    text = "<img src=x onerror=document.title='taken'><script>document.title='taken'</script>\u202e"
    with RunLedger.create(tmp_path / "run", run_info(premises=1)) as ledger:
        ledger.governance(START, GovernanceEvent.DECISION, text, clause=text)
        ledger.step("step", text, at=START)
        with program("live", str(tmp_path / "run"), "--port", "0") as (_, url):
            page = look(browser, url)
            expect(page.locator("#people")).to_contain_text("<img src=x")
            expect(page.locator("#step")).to_contain_text("<script>")
            expect(page.locator("#people")).to_contain_text("\\u202e")
            assert page.locator("main img, main script").count() == 0
            assert "taken" not in page.title()
            page.context.close()


def test_the_day_stands_at_the_first_event_and_wherever_it_is_another_one(
    tmp_path: Path, browser: Browser
) -> None:
    with RunLedger.create(tmp_path / "run", run_info(premises=1)) as ledger:
        for number, hours in enumerate((0, 1, 36)):
            at = START + timedelta(hours=hours)
            ledger.governance(at, GovernanceEvent.CUSTODY, f"use {number}")
            ledger.step(f"step-{number}", "A step", at=at)
        with program("live", str(tmp_path / "run"), "--port", "0") as (_, url):
            page = look(browser, url)
            expect(page.locator("#people .day")).to_have_text(["3 March 2026", "2 March 2026", ""])
            expect(page.locator("#step")).to_contain_text("3 March 2026, 21:00:00  A step")
            page.context.close()


def test_a_lost_connection_comes_back_by_itself_and_misses_nothing(
    tmp_path: Path, browser: Browser
) -> None:
    folder = tmp_path / "run"
    with RunLedger.create(folder, run_info(premises=1)) as ledger:
        ledger.governance(START, GovernanceEvent.DECISION, "the first")
        with program("live", str(folder), "--port", "0") as (_, url):
            page = look(browser, url)
            expect(page.locator("#people")).to_contain_text("the first")
        expect(page.locator("#status")).to_have_text("connection lost")
        ledger.governance(START, GovernanceEvent.DECISION, "meanwhile")
        port = url.rstrip("/").rpartition(":")[2]
        with program("live", str(folder), "--port", port):
            expect(page.locator("#people")).to_contain_text("meanwhile", timeout=120000)
            expect(page.locator("#people li")).to_have_count(2)
            expect(page.locator("#status")).to_have_text("running")
        page.context.close()


def test_the_buttons_pause_a_run_let_it_go_on_and_stop_it(tmp_path: Path, browser: Browser) -> None:
    folder = tmp_path / "run"
    words = ["supplier-compromise-recovery", "--premises", "30", "--out", str(folder)]
    with program("drill", "run", *words, "--live", "0") as (drill, url):
        page = look(browser, url)
        page.get_by_role("button", name="Pause").click()
        expect(page.locator("#status")).to_have_text("paused")
        page.get_by_role("button", name="Go on").click()
        expect(page.locator("#status")).to_have_text("running")
        page.get_by_role("button", name="Stop").click()
        assert drill.wait(timeout=300) == 2
        page.wait_for_timeout(1000)  # by then the page has seen that its server is gone
        expect(page.locator("#status")).to_have_text("stopped")
        expect(page.locator("#notice")).to_contain_text("firmware-sim drill resume")
        for name in ("Pause", "Stop"):
            expect(page.get_by_role("button", name=name)).to_be_disabled()
        page.context.close()
    with program("drill", "resume", str(folder), "--live", "0") as (drill, url):
        page = look(browser, url)
        expect(page.locator("#status")).to_have_text("running")
        expect(page.locator("#status")).to_have_text("over", timeout=300000)
        assert drill.wait(timeout=300) == 0
        page.context.close()
    with closing(sqlite3.connect(folder / "run.sqlite")) as database:
        ends = database.execute("SELECT outcome FROM run_end").fetchall()
    assert ends == [("interrupted",), ("passed",)]
