"""The page is one file that needs nothing else, says what happened, and stays a page."""

import re
import sys
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.evidence import page as views
from firmware_sim.bench.evidence import timeline
from firmware_sim.bench.evidence.accounts.audits import AuditedCell, AuditTold
from firmware_sim.bench.evidence.accounts.claims import Claim
from firmware_sim.bench.evidence.accounts.devices import DeviceOutcome, Wave
from firmware_sim.bench.evidence.accounts.procedure import ProcedureFault
from firmware_sim.bench.evidence.accounts.recovery_event import RecoveryEvent, RelevantDevices
from firmware_sim.bench.evidence.export import export
from firmware_sim.bench.evidence.exposure_curve import curve_points
from firmware_sim.bench.evidence.first_page import period
from firmware_sim.bench.evidence.folder import REPORT_NAME
from firmware_sim.bench.evidence.html import render
from firmware_sim.bench.evidence.ledger import RunLedger
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.evidence.wording import party, span
from firmware_sim.bench.outcome import Outcome, ProcedureVerdict, Verdict
from tests.bench.evidence.rehearsal import (
    BROKER,
    CELLS,
    START,
    Rehearsal,
    identifier,
    rehearse,
    run_info,
)

VOID = {"meta", "link", "br", "hr", "img", "input", "use", "path", "rect"}


class Page(HTMLParser):
    """Collects what a browser would: elements, their attributes, the words."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        if not {"style", "svg"} & set(self.open):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def attributes(self, name: str) -> list[str]:
        return [value for _, found in self.elements if (value := found.get(name)) is not None]


_ORDER = ("story", "timeline", "exposure", "outcome", "claims", "sign", "steps", "devices", "flash")


@pytest.fixture(scope="module")
def drilled_page(tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The page of a real drill, with images."""
    folder = tmp_path_factory.mktemp("page") / "run"
    assert run(["drill", "run", "supplier-compromise-recovery", "--out", str(folder)]) == 0
    return Page((folder / REPORT_NAME).read_text("utf-8"))


@pytest.fixture
def page(passed: RunRecord) -> Page:
    return Page(render(passed))


def broken_run(folder: Path, verdict: Verdict, words: str) -> RunRecord:
    with RunLedger.create(folder, run_info()) as ledger:
        ledger.device(BROKER, "CHF", 0)
        step = ledger.step("one", "The only step")
        ledger.check(step, BROKER, "the check", verdict, "this", "that", words)
        ledger.refusal(step, BROKER, "bad_signature", words)
        ledger.finish_step(step, verdict, words)
        ledger.finish(Outcome.of(ledger.verdicts()))
    return read_record(folder)


def test_html_elements_are_closed_in_order(page: Page) -> None:
    assert page.unbalanced == []
    assert page.open == []


def test_the_page_fetches_nothing_and_has_no_script(page: Page) -> None:
    assert "script" not in {tag for tag, _ in page.elements}
    assert not [name for name in ("src", "srcset", "data", "onclick") if page.attributes(name)]
    links = [link for link in page.attributes("href") + page.attributes("xlink:href") if link]
    assert [link for link in links if re.match(r"[a-z]+:|//", link)] == []


def test_the_style_fetches_nothing(passed: RunRecord) -> None:
    (style,) = re.findall(r"<style>(.*?)</style>\n</head>", render(passed), re.DOTALL)
    assert "url(" not in style
    assert "@import" not in style


def test_every_link_inside_the_page_leads_somewhere(page: Page) -> None:
    identifiers = page.attributes("id")
    assert len(set(identifiers)) == len(identifiers)
    inside = {link[1:] for link in page.attributes("href") if link.startswith("#")}
    assert inside <= set(identifiers)


def test_every_link_to_a_file_leads_to_one(page: Page, passed_folder: Path) -> None:
    files = [link for link in page.attributes("href") if not link.startswith("#")]
    assert len(files) == 24
    assert [link for link in files if not (passed_folder / link).is_file()] == []


def test_every_table_has_headings_with_their_scope(page: Page) -> None:
    headings = [found for tag, found in page.elements if tag == "th"]
    assert [found for found in headings if "scope" not in found] == []


def test_the_page_says_what_happened(page: Page) -> None:
    for words in (
        "A meter that survives the fall of the Root",
        "Procedure Not judged This run was not compared with SEC Section L.",
        "Devices Right Every device did what it must.",
        "Passed. All 44 checks on 4 devices passed.",
        "by the clock of the machine. The story plays on 2 March 2026",
        "Root: The certification authority from which",
        "SEC L10.2(a)",
        "Five members present, the Chair among them: quorate.",
        "32 Trust Anchor Cells now hold another key",
        "the two accounts agree for every cell",
        "bad signature (4) and replayed (4)",
        "1 choice weakens a device.",
        "firmware-sim drill run root-compromise-contingency --seed 7",
    ):
        assert words in page.text


def test_every_cell_of_every_type_is_there_before_and_after(page: Page) -> None:
    shown = page.text.replace(" ", "")
    for cell in {name for cells in CELLS.values() for name in cells}:
        assert cell in shown
        for age in ("old", "new"):
            assert identifier(age, cell).hex() in shown


def test_one_key_has_one_colour(passed: RunRecord) -> None:
    chips = re.findall(r'style="(--a:[^"]+)"></i><code>([0-9a-f ]+)</code>', render(passed))
    colours: dict[str, set[str]] = {}
    for colour, key in chips:
        colours.setdefault(key, set()).add(colour)
    assert len(colours) == 2 * len({cell for cells in CELLS.values() for cell in cells})
    assert {len(found) for found in colours.values()} == {1}
    assert len({next(iter(found)) for found in colours.values()}) > len(colours) - 3


def test_a_failure_comes_first_and_says_which_device(failed: RunRecord) -> None:
    page = Page(render(failed))
    assert "Devices Wrong A device did wrong." in page.text
    assert "1 check of 132 failed on 1 device." in page.text
    assert page.text.index("GSME failed") < page.text.index("3 ESME passed")
    assert "the cell still holds the old key" in page.text


def test_the_page_has_a_section_for_audits(tmp_path: Path) -> None:
    """In the list at the side too; and what did not answer is no value of a programme."""
    with RunLedger.create(tmp_path / "run", run_info()) as ledger:
        ledger.device(BROKER, "CHF", 0)
        step = ledger.step("look", "Every device is asked")
        ledger.account(
            AuditTold(
                step="look", at="2026-03-02T09:00:00+00:00", devices=1, answered=0,
                sorts={"right": 0, "unreachable": 1},
            )
        )  # fmt: skip
        ledger.account(
            AuditedCell(
                step="look", device=str(BROKER), type="CHF", cell="accessControlBroker.DS",
                sort="unreachable", believed="dcc 1", found="it is out of reach",
            )
        )  # fmt: skip
        ledger.check(step, BROKER, "an answer", Verdict.SKIPPED, "an answer", "none", "no way")
        ledger.finish_step(step, Verdict.SKIPPED, "no way")
        ledger.finish(Outcome.NOTHING_RAN)
    source = render(read_record(tmp_path / "run"))
    page = Page(source)
    assert '<a href="#audits">Audits</a>' in source
    assert "1 device with a cell that look did not find right." in page.text
    assert "it is out of reach" in page.text
    assert "None" not in page.text.replace("None stands on this page", "")


def test_rows_about_single_devices_are_folded_under_the_row_before_them(tmp_path: Path) -> None:
    with RunLedger.create(tmp_path / "run", run_info()) as ledger:
        step = ledger.step("one", "The only step")
        for text in ("2 Relevant Devices", f"ESME {BROKER} (commissioned): populated",
                     f"GPF {BROKER} (commissioned): believed"):  # fmt: skip
            ledger.governance(START, GovernanceEvent.RELEVANT_DEVICES, text)
        ledger.finish_step(step, Verdict.PASSED)
        ledger.finish(Outcome.NOTHING_RAN)
    ((row, devices),) = views.Page(read_record(tmp_path / "run")).decisions
    assert row.detail == "2 Relevant Devices"
    assert len(devices) == 2


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("dcc", "The DCC"),
        ("network-operator", "The network operator"),
        ("load-controller", "The load controller"),
        ("alpha", "Alpha"),
    ],
)
def test_a_party_is_called_as_people_call_it(name: str, words: str) -> None:
    assert party(name) == words


def test_a_device_that_did_wrong_is_not_excused_by_a_count(tmp_path: Path) -> None:
    with RunLedger.create(tmp_path / "run", run_info()) as ledger:
        ledger.device(BROKER, "CHF", 0)
        step = ledger.step("one", "The devices are counted")
        ledger.check(step, None, "count", Verdict.FAILED, "1", "2", "found: 2; declared: 1")
        ledger.check(step, BROKER, "a cell", Verdict.FAILED, "new", "old", "it holds the old key")
        ledger.finish_step(step, Verdict.FAILED, "found: 2; declared: 1 (and 1 more)")
        ledger.finish(Outcome.FAILED)
    assert not read_record(tmp_path / "run").is_undeclared


def test_a_step_that_failed_without_a_check_is_a_devices_fault(tmp_path: Path) -> None:
    """A board that breaks its protocol ends a step; a wrong count beside it excuses nothing."""
    with RunLedger.create(tmp_path / "run", run_info()) as ledger:
        counted = ledger.step("one", "The devices are counted")
        ledger.check(counted, None, "count", Verdict.FAILED, "1", "2", "found: 2; declared: 1")
        ledger.finish_step(counted, Verdict.FAILED, "found: 2; declared: 1")
        assert read_record(tmp_path / "run").is_undeclared
        broken = ledger.step("two", "A device breaks the protocol")
        ledger.finish_step(broken, Verdict.FAILED, "it answered with no frame")
        ledger.finish(Outcome.FAILED)
    record = read_record(tmp_path / "run")
    assert not record.is_undeclared
    assert "Devices Wrong A device did wrong." in Page(render(record)).text


def test_the_page_does_not_call_an_error_of_the_bench_a_failure(tmp_path: Path) -> None:
    page = Page(render(broken_run(tmp_path / "run", Verdict.ERROR, "the broker went away")))
    assert "No verdict. The bench itself broke" in page.text
    assert "A device did wrong" not in page.text
    assert "the broker went away" in page.text


def test_the_page_does_not_show_a_skipped_check_as_passed(tmp_path: Path) -> None:
    page = Page(render(broken_run(tmp_path / "run", Verdict.SKIPPED, "no such cell")))
    assert "Nothing ran. No check was made of what the story says" in page.text
    assert "1 check was skipped" in page.text
    assert "no such cell" in page.text


def test_the_page_of_an_unfinished_run_says_so(tmp_path: Path) -> None:
    with RunLedger.create(tmp_path / "run", run_info()) as ledger:
        Rehearsal(ledger).play(finish=False)
    assert "Unfinished." in Page(render(export(tmp_path / "run"))).text


def test_markup_in_texts_of_a_device_is_escaped(tmp_path: Path) -> None:
    words = "<script>alert(1)</script><td onclick=x>\x00\x1b[31m\u202edessap"
    source = render(broken_run(tmp_path / "run", Verdict.FAILED, words))
    page = Page(source)
    assert "<script>alert(1)</script>" in page.text
    assert "\\x1b[31m\\u202edessap" in page.text
    assert "script" not in {tag for tag, _ in page.elements}
    assert page.unbalanced == []


def test_sources_that_disagree_are_both_shown(tmp_path: Path) -> None:
    with RunLedger.create(tmp_path / "run", run_info()) as ledger:
        ledger.device(BROKER, "CHF", 0)
        step = ledger.step("one", "The only step")
        for source, octet in (("CS02a", b"\x01"), ("image", b"\x02")):
            ledger.cell(step, BROKER, "after", source, "root.CS", b"", octet * 8)  # type: ignore[arg-type]
    page = Page(render(read_record(tmp_path / "run")))
    assert "sources differ" in page.text
    assert "0101 0101 0101 0101 CS02a" in page.text
    assert "0202 0202 0202 0202 image" in page.text


def test_the_page_of_a_large_run_stays_small(tmp_path: Path) -> None:
    rehearse(tmp_path / "run", premises=100, failing=41)
    export(tmp_path / "run")
    source = (tmp_path / "run" / REPORT_NAME).read_text("utf-8")
    page = Page(source)
    assert len(source) < 200_000
    assert "00db123456780029" in page.text
    assert "99 GSME passed" in page.text
    assert "shown once, those that did wrong first" in page.text
    assert "messages are not listed here" in page.text


def test_without_matplotlib_the_page_has_its_table_and_names_the_package(
    passed: RunRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    page = Page(render(passed))
    assert "svg" not in {tag for tag, _ in page.elements}
    assert "pip install 'matplotlib>=3.10'" in page.text
    assert "One command replaces the root and every other cell" in page.text


def test_the_picture_follows_the_pages_colours(passed: RunRecord) -> None:
    svg = timeline.timeline_svg(passed)
    assert svg is not None
    assert svg.startswith("<svg")
    assert "var(--passed)" in svg
    assert "var(--people)" in svg
    assert not re.search(r"#0[0-9]0\d0\d", svg)
    assert timeline.timeline_svg(passed) == svg


def test_the_page_tells_what_governance_told(tmp_path: Path) -> None:
    at = "2026-03-02T09:00:00.000+00:00"
    with RunLedger.create(tmp_path / "run", run_info()) as ledger:
        Rehearsal(ledger).play(finish=False)
        ledger.account(RecoveryEvent(type="A", at=at))
        ledger.account(RelevantDevices(total=5, populated=4, believed=1, by_type={"ESME": 5}))
        ledger.account(Wave(name="hubs first", started=at, finished=at, devices=4, recovered=3))
        ledger.account(Claim(party="Supplier alpha", provision="L10.17(b)(i)", devices=1))
        fault = ProcedureFault(rule="I4", clause="SEC L10.3", reason="nothing was told", at=at)
        ledger.account(fault)
        ledger.finish(Outcome.PROCEDURE_NOT_FOLLOWED, procedure=ProcedureVerdict.NOT_FOLLOWED)
    text = Page(render(export(tmp_path / "run"))).text
    for words in (
        "Procedure Not followed The people did not do what SEC Section L asks.",
        "Devices Right",
        "09:00:00 I4 Nothing was told SEC L10.3",
        "hubs first 2 March 2026, 09:00 2 March 2026, 09:00 4 3 0 0 0",
        "A Recovery Event of type A occurred at 09:00:00 on 2 March 2026",
        "Supplier alpha L10.17(b)(i) 1",
        "1 Relevant Device was not recovered.",
        "5 Relevant Devices",
    ):
        assert words in text


def test_people_come_first_and_flash_maps_last(page: Page) -> None:
    order = [each for each in page.attributes("id") if each in _ORDER]
    assert order == list(_ORDER)


def test_every_scroll_region_is_reached_by_keyboard_and_has_a_name_of_its_own(
    drilled_page: Page,
) -> None:
    regions = [each for _, each in drilled_page.elements if each.get("role") == "region"]
    assert len(regions) > 10
    assert {each.get("tabindex") for each in regions} == {"0"}
    names = [each["aria-label"] for each in regions]
    assert len(set(names)) == len(names)
    scrolled = [each for _, each in drilled_page.elements if each.get("class") == "scroll"]
    assert [each for each in scrolled if each.get("role") != "region"] == []


def test_of_over_50_devices_those_that_did_wrong_and_a_sample_are_shown(tmp_path: Path) -> None:
    rehearse(tmp_path / "run", premises=14, failing=5)
    page = Page(render(export(tmp_path / "run")))
    assert "Devices that are stuck" in page.text
    assert "GSME failed" in page.text
    assert "13 GSME passed" in page.text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(42, "42 s"), (4200, "70 min"), (15_840, "4.4 h"), (302_400, "3.5 days")],
)
def test_a_length_of_time_is_said_as_people_say_it(seconds: float, text: str) -> None:
    assert span(seconds) == text


def test_a_period_names_its_second_date_only_if_it_is_another() -> None:
    first, last = "2026-09-07T09:00:00+00:00", "2026-09-08T18:00:00+00:00"
    assert period(first, last) == "7 September 2026, 09:00 to 8 September 2026, 18:00"
    assert period(first, first) == "7 September 2026, 09:00 to 09:00"


def test_the_curve_of_thousands_of_devices_has_as_many_points_as_can_be_seen() -> None:
    hours = [1 + number / 3000 for number in range(9000)]
    times, shares = curve_points(hours, 10_000)
    assert len(times) == len(shares) <= 501
    assert (times[-1], shares[-1]) == (hours[-1], 90.0)
    for time, share in zip(times, shares, strict=True):
        assert share == pytest.approx(100 * sum(hour <= time for hour in hours) / 10_000)


def test_the_curve_of_a_few_devices_has_a_point_for_each() -> None:
    assert curve_points([0.5, 0.5, 2.0], 4) == ([0.5, 0.5, 2.0], [25.0, 50.0, 75.0])


def test_the_day_stands_at_the_first_row_and_wherever_it_is_another_one(tmp_path: Path) -> None:
    """Of a drill of 36 hours the times of day alone would say 12."""
    days = [START, START + timedelta(minutes=5), START + timedelta(hours=36)]
    with RunLedger.create(tmp_path / "run", run_info()) as ledger:
        for number, at in enumerate(days):
            ledger.governance(at, GovernanceEvent.CUSTODY, f"use {number}")
            step = ledger.step(f"step-{number}", "A step", at=at)
            ledger.finish_step(step, Verdict.PASSED, at=at)
    source = render(read_record(tmp_path / "run"))
    for name in ("steps", "decisions"):
        (section,) = re.findall(rf'<section id="{name}">.*?</section>', source, re.DOTALL)
        times = re.findall(r'<td class="time">(.*?)</td>', section)
        assert [re.sub("<[^>]+>", "", each) for each in times] == [
            "2 March 2026 09:00:00",
            "09:05:00",
            "3 March 2026 21:00:00",
        ]


def test_a_device_that_was_not_reached_is_outstanding_and_comes_before_those_that_passed(
    tmp_path: Path,
) -> None:
    with RunLedger.create(tmp_path / "run", run_info()) as ledger:
        rehearsal = Rehearsal(ledger)
        rehearsal.play(finish=False)
        device, _, _ = rehearsal.devices[-1]
        outcome = DeviceOutcome(device=str(device), outcome="unreachable", outstanding=True)
        ledger.account(outcome)
        ledger.finish(Outcome.OUTSTANDING)
    record = export(tmp_path / "run")
    page = (tmp_path / "run" / REPORT_NAME).read_text()
    marks = re.findall(r'<h3>[^<]*<span class="mark (\w+)">(\w+)</span></h3>', page)
    assert marks[0] == ("outstanding", "outstanding")
    assert {word for _, word in marks[1:]} == {"passed"}
    rows = (tmp_path / "run" / "csv" / "devices.csv").read_text("utf-8-sig").splitlines()
    verdicts = {row.split(",")[0]: row.split(",")[3] for row in rows[1:]}
    assert verdicts.pop(str(device)) == "outstanding"
    assert set(verdicts.values()) == {"passed"}
    # What was checked of it stands as it was.
    assert {each.verdict for each in record.devices} == {Verdict.PASSED}
