"""What templates make of a run: ``report.html``, and the map of a flash as an SVG file.

The page is one file without a script, and fetches nothing: it must be readable in ten years.
"""

from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.evidence import wording
from firmware_sim.bench.evidence.colours import chip
from firmware_sim.bench.evidence.findings import earned_by
from firmware_sim.bench.evidence.first_page import FirstPage, period
from firmware_sim.bench.evidence.flash.layout import FlashLayout, Wear
from firmware_sim.bench.evidence.flash.picture import PICTURE_WIDTH, picture_of, sizes
from firmware_sim.bench.evidence.flash.words import TONE_NAMES, layout_sentence, wear_sentence
from firmware_sim.bench.evidence.folder import image_name, message_name
from firmware_sim.bench.evidence.glossary import GLOSSARY
from firmware_sim.bench.evidence.grouping import MAP_LIMIT
from firmware_sim.bench.evidence.page import (
    ENTITY_LIMIT,
    FAILURE_LIMIT,
    GROUP_LIMIT,
    MESSAGE_LIMIT,
    Page,
)
from firmware_sim.bench.evidence.paper import css_string, paper_of
from firmware_sim.bench.evidence.price_sums import price_words
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.themed import HOW_TO_GET
from firmware_sim.bench.files.foreign_text import visible
from firmware_sim.bench.files.whole_files import new_file

_LEGEND_COLUMNS = 2
_LEGEND_WIDTH = PICTURE_WIDTH // _LEGEND_COLUMNS


def write_html(record: RunRecord, path: Path, problem: str = "") -> None:
    """Write the page for a record; `problem` is why its ledger does not verify."""
    with new_file(path) as file:
        file.write(render(record, problem).encode("utf-8"))


def render(record: RunRecord, problem: str = "") -> str:
    """The whole page."""
    templates = page_templates()
    templates.filters.update(
        chip=chip,
        clock=wording.clock,
        moment=wording.moment,
        day=wording.day,
        grouped=wording.grouped,
        key_use=wording.key_use,
        label=wording.label,
        party=wording.party,
        role=wording.role,
        sentence=wording.sentence,
        count=wording.count,
        price=price_words,
        file=message_name,
        period=lambda times: period(*times),
        earned=lambda reference: len(earned_by(reference, record.governance)),
    )
    limits = {
        "groups": GROUP_LIMIT,
        "failures": FAILURE_LIMIT,
        "messages": MESSAGE_LIMIT,
        "entities": ENTITY_LIMIT,
        "maps": MAP_LIMIT,
    }
    return templates.get_template("report.html.j2").render(
        page=Page(record),
        first=FirstPage(record),
        glossary=GLOSSARY,
        record=record,
        run=record.run,
        head=record.head,
        results="",
        paper=paper_of(record.run, record.head),
        problem=problem,
        limits=limits,
        image_name=image_name,
        how_to_get_timeline=HOW_TO_GET,
        **sizes(),
    )


def write_svg(layout: FlashLayout, wear: Wear, path: Path, title: str) -> None:
    """The map as a file of its own, with its title and what the colours mean.

    Raises:
        BenchError: the file cannot be written.
    """
    picture = picture_of(layout, wear)
    legend = [
        (
            tone,
            TONE_NAMES[tone],
            _LEGEND_WIDTH * (place % _LEGEND_COLUMNS),
            16 * (place // _LEGEND_COLUMNS),
        )
        for place, tone in enumerate(picture.tones)
    ]
    text = page_templates().get_template("flash.svg.j2").render(
        picture=picture, title=title, sentences=(layout_sentence(layout), wear_sentence(wear)),
        legend=legend, legend_height=16 + legend[-1][3], **sizes(),
    )  # fmt: skip
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BenchError(f"cannot write {path}: {error.strerror}") from error


def _seen(value: object) -> object:
    """What an expression of a template gives; markup of our own stays as it is."""
    return value if hasattr(value, "__html__") else visible(str(value))


@cache
def page_templates() -> Environment:
    """Templates that escape what they are given, and refuse unknown names."""
    templates = Environment(
        loader=PackageLoader("firmware_sim.bench.evidence"),
        autoescape=True,
        finalize=_seen,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["css_string"] = css_string
    return templates
