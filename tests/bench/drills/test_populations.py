"""Stories with a population: several organisations in a role, in one estate."""

from collections import Counter
from csv import DictReader
from functools import cache
from pathlib import Path

import pytest

from firmware_sim.bench.bridge.board_device import as_in_drill
from firmware_sim.bench.drills.story_file import load_story
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.outcome import DevicesVerdict, ProcedureVerdict, RunVerdicts
from firmware_sim.bench.population.schema import Population
from firmware_sim.bench.smki.organisations import OrganisationKeys
from firmware_sim.bench.smki.parameters import entity_id_of
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.message import parse_message
from firmware_sim.gbcs.payloads.update_credentials import UpdateCommand
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole, TrustAnchorCellId
from tests.bench.drills.rehearsal import Rehearsal, rehearse
from tests.bench.population.homes import FLEET
from tests.requirements import require_engine

STORY = load_story(str(Path(__file__).parent / "stories" / "two-suppliers.yaml"))
HOMES = 12
RIGHT = RunVerdicts(ProcedureVerdict.FOLLOWED, DevicesVerdict.RIGHT)

# Seven of twelve homes are alpha's (60% is 7.2), each with three devices that have its cells. Two
# of these are not commissioned. Two devices of beta hold alpha's certificates.
RELEVANT = 7 * 3 - 2 + 2
BELIEVED = 1

SUPPLIER = RemotePartyRole.SUPPLIER
CELLS = tuple(map(TrustAnchorCellId.parse, ("supplier.DS", "supplier.KA", "supplier.KA.PP")))


@cache
def key(name: str, generation: int, cell: TrustAnchorCellId) -> tuple[str, str]:
    """Entity Identifier and key identifier of a supplier's certificate."""
    number = ("alpha", "beta").index(name)
    keys = OrganisationKeys(DrillPki.generate(1), P256Suite(), SUPPLIER, name, number)
    certificate = keys.credentials(generation).certificates[cell]
    return str(entity_id_of(SUPPLIER, number)), certificate.key_identifier.hex()


def relevant(run: Rehearsal) -> dict[str, tuple[str, str]]:
    """Responsible Supplier and reason of each Relevant Device."""
    _remark, *lines = (run.folder / "notices" / "relevant-devices.csv").read_text().splitlines()
    rows = DictReader(lines)
    return {row["device"]: (row["responsible supplier"], row["reason"]) for row in rows}


def check(run: Rehearsal) -> None:
    assert run.verdicts == RIGHT, run.reasons()
    found = relevant(run)
    assert len(found) == RELEVANT
    assert Counter(reason for _, reason in found.values())["believed"] == BELIEVED
    owners = Counter(supplier for supplier, _ in found.values())
    assert owners == {"alpha": RELEVANT - 2, "beta": 2}
    for device, (owner, reason) in found.items():
        generation = 2 if owner == "alpha" else 1
        held = run.rows(
            "SELECT cell, subject, key_identifier FROM cell WHERE phase = 'after' "
            f"AND device = '{device}' AND source = 'image' AND cell LIKE 'supplier%'"
        )
        expected = {(str(cell), *key(owner, generation, cell)) for cell in CELLS}
        assert set(held) <= expected
        assert len(set(held)) == len({cell for cell, *_ in held}) >= 2
        ((subject, identifier),) = run.rows(
            "SELECT subject, key_identifier FROM cell WHERE phase = 'before' "
            f"AND device = '{device}' AND source = 'image' AND cell = 'supplier.DS'"
        )
        holder = "beta" if reason == "believed" else "alpha"
        assert (subject, identifier) == key(holder, 1, CELLS[0])
    later = run.rows("SELECT DISTINCT device FROM message WHERE step > 1")
    assert {device for (device,) in later} == found.keys()


async def test_each_relevant_device_gets_the_credentials_of_its_own_supplier(
    tmp_path: Path,
) -> None:
    check(await rehearse(STORY, tmp_path, premises=HOMES))


async def test_a_population_is_the_same_on_the_native_engine(tmp_path: Path) -> None:
    require_engine()
    check(await rehearse(STORY, tmp_path, premises=HOMES, target="native"))


@pytest.mark.slow
async def test_a_population_is_the_same_over_a_broker(tmp_path: Path) -> None:
    check(await rehearse(STORY, tmp_path, premises=HOMES, target="mqtt"))


@pytest.mark.slow
async def test_recovery_gives_1788_devices_of_the_example_alphas_and_7_betas_credentials(
    tmp_path: Path,
) -> None:
    """600 homes of alpha with three devices each, of which 12 are not commissioned; 7 at beta."""
    left_out = {"cells-before", "own-supplier-works", "beta-refused", "attacker-refused"}
    steps = tuple(each for each in STORY.steps if each.name not in left_out)
    update = {"population": Population.model_validate(FLEET), "steps": steps}
    run = await rehearse(STORY.model_copy(update=update), tmp_path, premises=1000)
    assert run.verdicts == RIGHT, run.reasons()
    installed = Counter[tuple[str, str]]()
    query = "SELECT octets FROM message WHERE direction = 'to device' AND use_case LIKE 'CS02b%'"
    for (octets,) in run.rows(query):
        replacements = UpdateCommand.decode(parse_message(octets).payload).replacements
        certificate = parse_certificate(replacements[0].certificate)
        assert replacements[0].cell == CELLS[0]
        installed[str(certificate.subject_unique_id), certificate.key_identifier.hex()] += 1
    assert installed == {key("alpha", 2, CELLS[0]): 1788, key("beta", 1, CELLS[0]): 7}


def test_a_board_can_be_a_device_of_any_home_of_a_population_and_of_no_other() -> None:
    as_in_drill(STORY, 1, DeviceType.ESME, HOMES - 1)
    with pytest.raises(UsageError, match="two-suppliers has no home 12"):
        as_in_drill(STORY, 1, DeviceType.ESME, HOMES)
