"""The site of the documentation: whole, searched without a server, and fetching nothing."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.ground.tree import ROOT
from tests.requirements import require_tool
from tests.support.browser import AXE_RUN, DESK, PHONE, SERIOUS, axe_source, chromium

pytestmark = pytest.mark.slow

_FETCHED = re.compile(
    r"""(?:<script[^>]*src|<link[^>]*href|<img[^>]*src)=["']?(?:https?:)?//[^"'>]*"""
)


def build(docs: Path, site: Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning"]
    return subprocess.run(
        [*words, "--doctree-dir", str(site.with_name("doctrees")), str(docs), str(site)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("documentation") / "site"
    done = build(ROOT / "docs", folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_no_page_fetches_anything_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 60
    assert [found for page in pages for found in _FETCHED.findall(page.read_text("utf-8"))] == []


def test_what_is_typed_can_be_copied_from_the_page_of_the_command_line(site: Path) -> None:
    """No hyphens become a dash, and no quotes are curled."""
    text = (site / "cli.html").read_text("utf-8")
    assert "drill new --key root --name my-root" in text
    assert re.findall(r"[\u2013\u2018\u2019\u201c\u201d]", text) == []


def test_no_page_shows_its_markup(site: Path) -> None:
    for page in site.rglob("*.html"):
        text = re.sub(r"<(pre|code|script)\b.*?</\1>", "", page.read_text("utf-8"), flags=re.DOTALL)
        shown = [*re.findall(r"!!! \w+", text), *re.findall(r"\S*\]\([\w#./]*", text)]
        assert shown == [], page.name


def test_the_protocol_of_the_line_is_a_page(site: Path) -> None:
    assert "0xFFFFFFFF disarms" in (site / "link-protocol.html").read_text("utf-8")


def test_search_finds_a_page_in_a_folder_that_is_opened_as_files(site: Path) -> None:
    place = f"{(site / 'search.html').as_uri()}?q=outstanding"
    shown = chromium("--virtual-time-budget=20000", "--dump-dom", place)
    assert 'href="verdicts.html' in shown


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        path = str(require_tool("chromium"))
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [DESK, PHONE])
@pytest.mark.parametrize("page", ["index", "tutorial", "cli", "live"])
def test_axe_finds_nothing_serious_and_no_page_is_wider_than_the_screen(
    page: str, width: int, scheme: Literal["light", "dark"], site: Path, browser: Browser
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    shown = context.new_page()
    shown.goto((site / f"{page}.html").as_uri())
    assert shown.evaluate("document.documentElement.dataset.theme") == scheme
    shown.evaluate(axe_source())
    assert [each for each in shown.evaluate(AXE_RUN) if each[0] in SERIOUS] == []
    assert shown.evaluate("document.documentElement.scrollWidth") == width
    context.close()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("# A\n\n[b](nowhere.md)\n", "nowhere"),
        ("# A\n\n[b](#nowhere)\n", "nowhere"),
        ("# A\n\n![b](nowhere.png)\n", "nowhere"),
    ],
    ids=["page", "heading", "picture"],
)
def test_a_broken_link_ends_the_build(text: str, told: str, tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    shutil.copytree(ROOT / "docs" / "static", docs / "static")
    for name in ("conf.py", "story.schema.json"):
        shutil.copy(ROOT / "docs" / name, docs)
    (docs / "index.md").write_text(text, "utf-8")
    done = build(docs, tmp_path / "site")
    assert done.returncode == 1
    assert told in done.stderr
