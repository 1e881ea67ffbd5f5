"""An update in waves: who is asked when, what is counted, and when no further wave begins."""

import json
from fractions import Fraction
from pathlib import Path

import pytest

from firmware_sim.bench.cli.main import run as command
from firmware_sim.bench.drills.wave_terms import RetryTerm, StopTerm, WaveTerm, sizes
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.outcome import DevicesVerdict
from tests.bench.drills.rehearsal import Rehearsal, rehearse
from tests.bench.drills.wave_stories import story_of, text_of

THREE_WAVES = "    waves: [{share: 10%, name: canary}, {share: 50%}, {share: rest}]\n"


def waves_of(run: Rehearsal) -> list[dict[str, object]]:
    rows = run.rows("SELECT content FROM account WHERE kind = 'wave'")
    return [json.loads(content) for (content,) in rows]


def shared(*shares: str) -> list[WaveTerm]:
    return [WaveTerm.model_validate({"share": share}) for share in shares]


@pytest.mark.parametrize(
    ("shares", "devices", "numbers"),
    [
        (("1%", "20%", "rest"), 1795, [18, 359, 1418]),  # 17.95, 359
        (("10%", "50%", "rest"), 12, [1, 6, 5]),  # 1.2, 6
        (("12.5%", "rest"), 4, [1, 3]),  # a half counts as one
        (("12%", "rest"), 4, [0, 4]),  # 0.48
        (("50%", "50%"), 5, [3, 2]),
        (("rest",), 7, [7]),
    ],
)
def test_a_share_of_devices_is_rounded_half_up_and_the_last_wave_takes_what_is_left(
    shares: tuple[str, ...], devices: int, numbers: list[int]
) -> None:
    assert sizes(shared(*shares), devices) == numbers


@pytest.mark.parametrize(
    ("failed", "counted", "stops"),
    [(2, 3, False), (3, 3, True), (3, 60, True), (3, 61, False), (4, 80, True)],
)
def test_at_least_three_failures_and_the_named_share_stop_a_step(
    failed: int, counted: int, stops: bool
) -> None:
    assert StopTerm(failed=Fraction(5, 100)).stops(failed, counted) is stops


def test_a_retry_waits_between_its_attempts() -> None:
    term = RetryTerm.model_validate({"attempts": 4, "back off": "30m"})
    assert term.longest.total_seconds() == 90 * 60


async def test_every_device_is_in_one_wave_and_the_seed_alone_gives_the_order(
    tmp_path: Path,
) -> None:
    orders = []
    for number, seed in enumerate((1, 1, 2)):
        run = await rehearse(story_of(THREE_WAVES), tmp_path / str(number), premises=4, seed=seed)
        assert run.devices is DevicesVerdict.RIGHT, run.reasons()
        asked = run.rows(
            "SELECT entity, type, premises FROM message JOIN device ON entity = message.device "
            "WHERE step = 1 AND direction = 'to device' ORDER BY message.id"
        )
        assert len(asked) == len({entity for entity, *_ in asked}) == 12
        orders.append([(kind, home) for _, kind, home in asked])
        told = waves_of(run)
        assert [(each["name"], each["devices"]) for each in told] == [
            ("canary", 1), ("wave 2", 6), ("wave 3", 5),
        ]  # fmt: skip
        assert all(each["recovered"] == each["devices"] for each in told)
    assert orders[0] == orders[1] != orders[2]


async def test_waves_that_are_retried_take_time_on_the_drills_clock_alone(tmp_path: Path) -> None:
    step = f"{THREE_WAVES}    retry: {{attempts: 3, back off: 10d}}\n"
    story = story_of(step, top="links: {unreachable: {count: 12}}\n")
    run = await rehearse(story, tmp_path, premises=4)
    times = [(each["started"], each["finished"]) for each in waves_of(run)]
    assert times == [
        ("2026-06-01T08:00:00.000+00:00", "2026-06-21T08:00:00.000+00:00"),
        ("2026-06-21T08:00:00.000+00:00", "2026-07-11T08:00:00.000+00:00"),
        ("2026-07-11T08:00:00.000+00:00", "2026-07-31T08:00:00.000+00:00"),
    ]


async def test_each_attempt_has_a_new_counter_and_follows_a_read_back(tmp_path: Path) -> None:
    step = "    retry: {attempts: 3, back off: 30m}\n"
    story = story_of(step, top="links: {unreachable: {count: 1}}\n", after="")
    run = await rehearse(story, tmp_path)
    silent = run.rows("SELECT device FROM verdict WHERE verdict = 'skipped'")
    sent = run.rows(
        "SELECT use_case, at, originator || counter FROM message WHERE direction = 'to device' "
        f"AND device = '{silent[0][0]}' ORDER BY id"
    )
    assert [(use_case[:5], at[11:16]) for use_case, at, _ in sent] == [
        ("CS02b", "08:00"), ("CS02a", "08:30"), ("CS02b", "08:30"), ("CS02a", "09:00"),
        ("CS02b", "09:00"), ("CS02a", "09:00"),
    ]  # fmt: skip
    assert len({counter for _, _, counter in sent}) == len(sent)


async def test_what_was_unreachable_is_outstanding_and_no_fault_of_the_device(
    tmp_path: Path,
) -> None:
    story = story_of(THREE_WAVES, top="links: {unreachable: {share: 25%}}\n")
    run = await rehearse(story, tmp_path, premises=4)
    found = run.rows("SELECT name, verdict, count(*) FROM verdict GROUP BY name, verdict")
    counts = {(name, verdict): number for name, verdict, number in found}
    assert counts["outcome of every cell", "passed"] == 9
    assert counts["outcome of every cell", "skipped"] == 3
    assert counts["answer verified", "skipped"] == 3
    assert not [key for key in counts if key[1] in ("failed", "error")]
    assert sum(int(str(each["unreachable"])) for each in waves_of(run)) == 3


@pytest.mark.parametrize(
    ("links", "problem"),
    [
        (
            "{unreachable: {count: 13}}",
            "unreachable: 13 devices asked for, and there are 12 to draw from",
        ),
        ("{unreachable: {share: 4%}}", "unreachable: 4% of 12 devices is no device"),
    ],
)
async def test_more_or_fewer_devices_than_can_be_drawn_are_refused_before_anything_is_sent(
    links: str, problem: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=problem):
        await rehearse(story_of(top=f"links: {links}\n"), tmp_path / "run", premises=4)


async def test_a_wave_without_a_device_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    step = "    waves: [{share: 1%, name: canary}, {share: rest}]\n"
    with pytest.raises(UsageError, match="step change, canary: 1% of 12 devices is no device"):
        await rehearse(story_of(step), tmp_path / "run", premises=4)


@pytest.mark.parametrize(
    ("step", "line"),
    [
        (
            "    waves: [{share: 60%}, {share: 50%}]\n",
            "line 14, steps[1].waves: the waves are 110% of the devices; give up to 100% in all",
        ),
        (
            "    waves: [{share: 60%}, {share: 40%}, {share: rest}]\n",
            "line 14, steps[1].waves: the waves are 100% of the devices, so that nothing is left",
        ),
        (
            "    waves: [{share: 60%}, {share: 20%}]\n",
            "line 14, steps[1].waves: the waves are 80% of the devices; let the last one be",
        ),
        (
            "    waves: [{share: rest}, {share: 20%}]\n",
            "line 14, steps[1].waves[1].share: rest is all that is left",
        ),
        (
            "    waves: [{share: 20%, name: a}, {share: rest, name: a}]\n",
            "line 14, steps[1].waves[2].name: two waves are named 'a'",
        ),
        (
            "    stop: {failed: 5%}\n",
            "line 14, steps[1].stop: there are no waves to stop after",
        ),
        (
            "    waves: [{share: half}]\n",
            "line 14, steps[1].waves[1].share: 'half' is no share of a wave; write one such as 20%",
        ),
        (
            "    retry: {attempts: 0, back off: 30m}\n",
            "line 14, steps[1].retry.attempts: must be at least 1, not 0",
        ),
        (
            "    retry: {attempts: 2, back off: soon}\n",
            "line 14, steps[1].retry.back off: 'soon' is no time; write one such as 30m",
        ),
        (
            "    retry: {attempts: 2, backoff: 30m}\n",
            "line 14, steps[1].retry.backoff: there is no such key; did you mean 'back off'?",
        ),
        (
            "    waves: [{share: rest}]\n    expect: {refused: [replayed]}\n",
            "line 14, steps[1].waves: commands that must be refused are not sent in waves",
        ),
    ],
)
def test_waves_that_cannot_be_are_refused_with_file_line_and_field(step: str, line: str) -> None:
    with pytest.raises(UsageError) as refused:
        story_of(step)
    assert f"story.yaml, {line}" in str(refused.value)


def test_a_wave_without_a_device_is_refused_before_there_is_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    story, folder = tmp_path / "waves.yaml", tmp_path / "run"
    story.write_text(text_of("    waves: [{share: 1%, name: canary}, {share: rest}]\n"))
    words = ["drill", "run", str(story), "--premises", "4", "--out", str(folder)]
    assert command(words) == 4
    told = capsys.readouterr().err
    assert "step change, canary: 1% of 12 devices is no device" in told
    assert not folder.exists()


def test_retries_that_end_after_the_certificates_do_are_refused() -> None:
    """Two waves of 99 back-offs of 40 days each are 21 years; the certificates end in 2039."""
    waves = "    waves: [{share: 50%}, {share: rest}]\n"
    with pytest.raises(UsageError, match=r"line 4, start: .* the last step begins later"):
        story_of(waves + "    retry: {attempts: 100, back off: 40d}\n")
    story_of(waves + "    retry: {attempts: 10, back off: 40d}\n")
