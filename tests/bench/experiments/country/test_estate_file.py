"""Estate files: the example, what contradicts itself, and what is an assumption."""

from importlib.resources import files

import pytest
import yaml

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments import country
from firmware_sim.bench.experiments.country.estate_file import parse_estate
from firmware_sim.bench.experiments.country.plan import document, plan_of
from firmware_sim.gbcs.roles import DeviceType

EXAMPLE = files(country).joinpath("example.yaml").read_text("utf-8")


def changed(old: str, new: str) -> str:
    assert EXAMPLE.count(old) == 1
    return EXAMPLE.replace(old, new)


def test_the_example_is_a_plan_and_each_value_is_assumed_or_known() -> None:
    estate = parse_estate(EXAMPLE, "example")
    plan = document(plan_of(estate))
    assert estate.by_type[DeviceType.GSME] == 24_000_000
    assert set(plan["known"]) == {"messages a command"}
    leaves = _leaves(yaml.safe_load(EXAMPLE))
    assert leaves <= {*plan["assumptions"], *plan["known"]}
    assert "messages a command" not in plan["assumptions"]
    days = list(plan["days_to"].values())
    assert days[:3] == sorted(days[:3])
    assert plan["recovered"] + plan["to_replace"]["all"] == pytest.approx(plan["devices"], rel=1e-6)
    assert plan["rehearsal"]["cores"] == pytest.approx(108e6 * 300e-6 / 8 / 3600)


def _leaves(value: object, key: str = "") -> set[str]:
    if isinstance(value, dict):
        names = {
            name: each for name, each in value.items() if key or name not in ("title", "known")
        }
        return set().union(*(_leaves(v, f"{key}.{k}" if key else str(k)) for k, v in names.items()))
    if isinstance(value, list):
        return set().union(*(_leaves(v, f"{key}.{n}") for n, v in enumerate(value, 1)))
    return {key}


def test_a_measured_cost_stands_in_for_the_file_s() -> None:
    plan = plan_of(parse_estate(EXAMPLE, "example"), (600.0, "the run r"))
    assert plan.cost is not None
    assert (plan.cost.cpu_microseconds, plan.cost.source) == (600.0, "the run r")


def test_without_any_cost_a_rehearsal_is_refused() -> None:
    estate = parse_estate(changed("  cpu microseconds: 300\n", ""), "example")
    with pytest.raises(UsageError, match="--measured RUN"):
        plan_of(estate)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("share: 30%", "share: 31%", "regions: the shares of all regions make 101%"),
        ("share: 3%", "share: 99%", "away: 100.8% of the devices are away"),
        ("share: 0.01%", "share: rest", "only the last wave is what is left"),
        ("share: 10%", "share: 99%", "nothing is left for the last wave"),
        ("share: rest", "share: 1%", "the waves make 12.01% of the devices"),
        ("failed: 5%", "failed: 0.05%", "it cannot end"),
        ("premises: 30000000", "premises: 0", "premises"),
        ("premises: 30000000", "premises: 1e400", "premises"),
        ("commands a second: 500", "commands a second: 0", "greater than 0"),
        ("commands a second: 500", "commands a second: .inf", "finite"),
        ("hours a day: 8", "hours a day: 25", "hours a day"),
        ("GSME: 80%", "XSME: 80%", "is no device type"),
        ("GSME: 80%", "GSME: 120%", "is no share"),
        ("back: never", "back: soon", "away.for-good.back"),
        ("attempts: 30", "attempts: 0", "attempts"),
        ("lost: 1%", "lose: 1%", "lose"),
        ("  messages a command: every", "  message a command: every", "did you mean"),
    ],
)
def test_a_contradiction_or_mistake_is_named_with_its_line(old: str, new: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_estate(changed(old, new), "estate.yaml")
    assert says in str(caught.value)
    assert "estate.yaml, line " in str(caught.value)
