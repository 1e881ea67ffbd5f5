"""The built-in story of a thief in a fleet, made small; a test changes what it is about."""

from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import read_story, story_source

FLEET = "supplier-m3-fleet"
PREMISES = 8
_SMALL = {
    "premises: 1000": f"premises: {PREMISES}",
    "count: 12": "count: 2",
    "count: 7": "count: 2",
    "count: 5": "count: 1",
    "count: 40": "count: 4",
    "devices: 20": "devices: 3",
    "share: 1%, name": "share: 10%, name",
}
LINKS = (
    "links: {unreachable: {count: 4}, loss: 2%, duplicate: 1%, late: {share: 1%, minutes: 90}}\n"
)
FAULTS = "faults: [{power cut: commit, count: 3}, {bad certificate: supplier.KA, count: 2}]\n"
DECLARED = "verdicts: {procedure: followed, devices: outstanding}\n"
DOES = "does: [rotate to own, lock out counter, replay, race]"
AT = "at: [before notice, between decision and wave, after]"
NO_CERTIFICATE = ("    own certificate: issued by SMKI\n", "")
BEFORE_NOTICE = (AT, "at: [before notice]")


def small_text(*changes: tuple[str, str], smooth: bool = True) -> str:
    """The text for 8 homes, 5 of them alpha's.

    Args:
        changes: what stands there, and what is to stand in its place.
        smooth: nothing goes wrong on the links, or with single devices.
    """
    text = story_source(FLEET).text
    rough = ((LINKS, ""), (FAULTS, ""), (DECLARED, "")) if smooth else ()
    for old, new in (*_SMALL.items(), *rough, *changes):
        assert old in text, old
        text = text.replace(old, new)
    return text


def small_story(*changes: tuple[str, str], smooth: bool = True) -> Story:
    return read_story(small_text(*changes, smooth=smooth), "fleet.yaml")
