"""Can the exploration fail? Each bug planted in the device gives a power, and the power shows."""

from collections.abc import Callable, Iterator

import pytest

from firmware_sim.bench.experiments.attack.exploring import explore
from firmware_sim.bench.experiments.attack.history import history_of
from firmware_sim.bench.experiments.attack.powers import Powers
from firmware_sim.bench.experiments.attack.setup import verified
from firmware_sim.bench.experiments.attack.updates import Effort
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.path import PathResult
from firmware_sim.gbcs.payloads.update_credentials import Begun, begin
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, ReplacementRule
from firmware_sim.machine.commands import device_certificates, scheduler, update_credentials
from firmware_sim.machine.context import Context
from firmware_sim.machine.credentials import candidates, floors
from firmware_sim.machine.credentials import replace as replacing
from firmware_sim.machine.credentials.candidates import Examination
from scripts.tables import attack_tables
from tests.bench.experiments.attack.mode_table import Expected

Plant = Callable[[pytest.MonkeyPatch], None]


def mode_covers_every_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ReplacementRule, "may_replace", lambda *_: True)


def naive_floor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(floors, "_moved", lambda _, floor, **__: floor)


def floors_of_every_role(monkeypatch: pytest.MonkeyPatch) -> None:
    """A floor with no key behind it: the counters of others go back."""
    naive_floor(monkeypatch)
    monkeypatch.setattr(update_credentials, "unfit", lambda *_: None)


def signature_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (update_credentials, device_certificates):
        monkeypatch.setattr(module, "check_signature", lambda *_: None)


def mac_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (update_credentials, device_certificates):
        monkeypatch.setattr(module, "check_mac", lambda *_: None)


def counter_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (update_credentials, device_certificates):
        monkeypatch.setattr(module, "check_counter", lambda *_: None)


def code_and_cell_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any cell that a command names authorises it: authority is what the sender says it is."""

    def of_its_mode(_: Context, message: Message) -> ReplacementRule:
        return REPLACEMENT_RULES[begin(message.payload).control.mode]

    monkeypatch.setattr(update_credentials, "_rule", of_its_mode)
    monkeypatch.setattr(update_credentials, "unfit", lambda *_: None)
    authenticate = update_credentials._authenticate

    def by_the_named_cell(
        context: Context, message: Message, rule: ReplacementRule
    ) -> Begun | None:
        cell = begin(message.payload).control.authorising_cell
        with pytest.MonkeyPatch.context() as patch:
            if cell is not None:
                patch.setattr(ReplacementRule, "authorising_cell", lambda *_: cell)
            return authenticate(context, message, rule)

    monkeypatch.setattr(update_credentials, "_authenticate", by_the_named_cell)


def no_path_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "validate_path", lambda *_, **__: PathResult(None, ()))


def any_root_is_a_normal_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Examination, "_link_to", lambda *_: ())


def a_waiting_command_outlives_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replacing, "_void", lambda *_: ())


def anybody_cancels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        scheduler, "_cancelled", lambda context, *_: tuple(context.state.pending.values())
    )


CASES = [
    (mode_covers_every_cell, "supplier.DS via Broker", "replaced"),
    (naive_floor, "supplier.DS via Broker", "lowered_under_key"),
    (floors_of_every_role, "supplier.DS via Broker", "lowered"),
    (signature_not_checked, "accessControlBroker.KA", "replaced"),
    (mac_not_checked, "supplier.DS", "replaced"),
    (counter_not_checked, "nothing", "replayed"),
    (code_and_cell_not_asked, "networkOperator.DS via Broker", "replaced"),
    (no_path_asked, "recovery.DS", "worlds"),
    (any_root_is_a_normal_one, "recovery.DS", "taken"),
    (a_waiting_command_outlives_its_key, "recovery.DS", "cancelled"),
    (anybody_cancels, "networkOperator.DS via Broker", "cancelled"),
]


@pytest.fixture(autouse=True)
def nothing_found_out() -> Iterator[None]:
    """What sound checks have found out holds for no planted bug, and the other way round."""
    verified.cache_clear()
    yield
    verified.cache_clear()


@pytest.mark.parametrize(
    ("plant", "stolen", "what"), CASES, ids=[each[0].__name__ for each in CASES]
)
def test_a_planted_bug_gives_the_adversary_another_power(
    monkeypatch: pytest.MonkeyPatch, plant: Plant, stolen: str, what: str
) -> None:
    history_of("ESME")  # of a sound device
    sound = explore("ESME", stolen, Effort.QUICK).as_json()
    plant(monkeypatch)
    verified.cache_clear()  # what sound checks have found out
    weak = explore("ESME", stolen, Effort.QUICK).as_json()
    assert weak.get(what) != sound.get(what)


def test_another_power_differs_from_the_expected_table(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    history_of("ESME")
    before = attack_tables.cells_table("ESME")
    mode_covers_every_cell(monkeypatch)
    weak: Powers = explore("ESME", "supplier.DS via Broker", Effort.QUICK)
    assert weak.replaced != Expected("ESME", "supplier.DS via Broker").replaced()
    document = attack_tables._document()
    powers = {**document["powers"]["ESME"], "supplier.DS via Broker": weak.as_json()}
    changed = {**document, "powers": {**document["powers"], "ESME": powers}}
    monkeypatch.setattr(attack_tables, "_document", lambda: changed)
    assert attack_tables.cells_table("ESME") != before
