"""``report.html``: one file, no script, nothing fetched; readable in ten years."""

from pathlib import Path

from firmware_sim.bench.evidence import wording
from firmware_sim.bench.evidence.colours import chip
from firmware_sim.bench.evidence.files import message_name
from firmware_sim.bench.evidence.flash_maps import MAP_LIMIT
from firmware_sim.bench.evidence.flash_picture import sizes
from firmware_sim.bench.evidence.images import image_name
from firmware_sim.bench.evidence.page import (
    ENTITY_LIMIT,
    FAILURE_LIMIT,
    GROUP_LIMIT,
    MESSAGE_LIMIT,
    Page,
)
from firmware_sim.bench.evidence.record import Record
from firmware_sim.bench.evidence.templating import environment
from firmware_sim.bench.evidence.timeline import HOW_TO_GET


def write_html(record: Record, path: Path) -> None:
    """Write the page for a record."""
    path.write_text(render(record), encoding="utf-8")


def render(record: Record) -> str:
    """The whole page."""
    templates = environment()
    templates.filters.update(
        chip=chip,
        clock=wording.clock,
        day=wording.day,
        grouped=wording.grouped,
        key_use=wording.key_use,
        label=wording.label,
        role=wording.role,
        sentence=wording.sentence,
        count=wording.count,
        file=message_name,
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
        record=record,
        run=record.run,
        limits=limits,
        image_name=image_name,
        how_to_get_timeline=HOW_TO_GET,
        **sizes(),
    )
