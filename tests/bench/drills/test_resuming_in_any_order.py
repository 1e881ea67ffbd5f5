"""A run is resumed though its devices answer in another order than before it was cut off."""

from pathlib import Path

import pytest

from firmware_sim.bench.cli.main import run
from tests.bench.drills.any_order import answers_in_order
from tests.bench.drills.cut_off import commands_sent, images, number_of_rows
from tests.bench.drills.test_resuming import cut_and_resumed, of_each_device, undisturbed, verdicts
from tests.bench.drills.wave_stories import text_of

ROUGH = text_of(
    "    waves: [{share: 50%}, {share: rest}]\n",
    "links: {unreachable: {count: 1}, loss: 30%, duplicate: 20%, late: {share: 20%, minutes: 40}}\n"
    "faults: [{power cut: commit, count: 2}, {bad certificate: supplier.KA, count: 1}]\n",
)
"""Without a `retry`: what gets no answer is sent again at once, while others are worked with."""

AUDITED = (
    ROUGH
    + "  - {name: audited, title: Audited, do: audit}\n"
    + "  - {name: again, title: Read, do: read back, by: accessControlBroker}\n"
)


@pytest.mark.parametrize("text", [ROUGH, AUDITED], ids=["rough links", "audited"])
def test_a_run_over_bad_links_goes_on_though_devices_answer_in_another_order(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story, options = tmp_path / "rough.yaml", ("--premises", "3")
    story.write_text(text, "utf-8")
    answers_in_order(monkeypatch, 1)
    whole = undisturbed(str(story), tmp_path / "whole", *options)
    ending, total = verdicts(whole)[2], number_of_rows(whole)
    for seed, share in ((2, 0.5), (3, 0.9)):
        folder = tmp_path / str(seed)
        answers_in_order(monkeypatch, seed)
        code = cut_and_resumed(str(story), folder, int(total * share), *options)
        assert code == ending
        assert of_each_device(folder) == of_each_device(whole)
        assert commands_sent(folder) == commands_sent(whole)
        assert images(folder) == images(whole)
        assert run(["evidence", "verify", str(folder), "--replay", "0"]) == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "story",
    ["wrong-network-operator", "prepayment-key-compromise", "hub-exchange", "rough-contingency"],
)
def test_a_story_leaves_the_same_rows_of_each_device_in_whatever_order_they_answer(
    story: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Audits, uses of keys, an attacker and a hub that is exchanged work with many at a time."""
    found = []
    for seed in (1, 2):
        answers_in_order(monkeypatch, seed)
        found.append(of_each_device(undisturbed(story, tmp_path / str(seed))))
    assert found[0] == found[1]
