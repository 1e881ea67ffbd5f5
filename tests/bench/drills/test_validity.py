"""From when to when certificates are valid: as a story says it, in certificates and at devices."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.x509 import load_der_x509_certificate

from firmware_sim.bench.cli.main import run as command
from firmware_sim.bench.drills import device_clocks
from firmware_sim.bench.drills.authoring.story_words import surroundings
from firmware_sim.bench.drills.device_clocks import clocks_trusted
from firmware_sim.bench.drills.setup import set_up
from firmware_sim.bench.drills.story_file import examine, read_story
from firmware_sim.bench.dut.clock import START, StillClock
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.outcome import DevicesVerdict
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.certificates import Certificate
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import RemotePartyRole, TrustAnchorCellId
from firmware_sim.machine.ports import ClockReliability
from tests.bench.drills.rehearsal import Rehearsal, rehearse

HEAD = "name: own\nstart: 2026-11-02T09:00:00Z\n"
LOOK = "steps:\n  - {name: look, title: t, do: read back, by: accessControlBroker}\n"
SUPPLIER = TrustAnchorCellId.parse("supplier.DS")
NEXT_ROOT = "do: update, by: supplier, mode: rootBySupplier, cells: [root], install: 3"
BY_SUPPLIER = "do: update, by: supplier, mode: supplierBySupplier, cells: [supplier]"


def story_with(validity: str, more: str = "", steps: str = LOOK) -> str:
    return f"{HEAD}{more}validity:\n  - {{{validity}}}\n{steps}"


def mistakes(text: str) -> Iterator[tuple[int, str, str, str]]:
    for each in examine(text, "own.yaml")[1]:
        yield each.line, each.rule, each.clause, str(each)


def span(certificate: Certificate) -> tuple[str, str]:
    """As another implementation reads it."""
    read = load_der_x509_certificate(certificate.octets)
    return read.not_valid_before_utc.isoformat(), read.not_valid_after_utc.isoformat()


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("from: 2021-06-01, until: 2027-05-31", "2021-06-01T00:00:00", "2027-05-31T23:59:59"),
        ("from: 2021-06-01, years: 10", "2021-06-01T00:00:00", "2031-05-31T23:59:59"),
        ("until: 2027-05-31, years: 10", "2017-06-01T00:00:00", "2027-05-31T23:59:59"),
        ("from: 2024-02-29, years: 9", "2024-02-29T00:00:00", "2033-02-28T23:59:59"),
        ("until: 2027-02-28, years: 3", "2024-03-01T00:00:00", "2027-02-28T23:59:59"),
        ("until: 2027-05-31", "2020-01-01T00:00:00", "2027-05-31T23:59:59"),
        ("from: 2021-06-01", "2021-06-01T00:00:00", "2039-12-31T23:59:59"),
        ("from: '2021-06-01'", "2021-06-01T00:00:00", "2039-12-31T23:59:59"),
    ],
)
def test_a_certificate_says_the_days_of_its_entry(words: str, first: str, last: str) -> None:
    text = story_with(f"certificates: [supplier.DS], generation: 1, {words}")
    pki = set_up(read_story(text, "own.yaml"), premises=0, seed=1, policy=Policy()).pki
    assert span(pki.cell_certificate(SUPPLIER)) == (f"{first}+00:00", f"{last}+00:00")
    usual = ("2020-01-01T00:00:00+00:00", "2039-12-31T23:59:59+00:00")
    assert span(pki.cell_certificate(SUPPLIER, 2)) == usual
    assert span(pki.cell_certificate(TrustAnchorCellId.parse("supplier.KA"))) == usual


def test_later_entries_decide_and_an_authority_can_be_told_from_another() -> None:
    entries = (
        "{certificates: [all, issuing-oca], until: 2030-12-31}\n"
        "  - {certificates: [supplier], party: beta, until: 2031-12-31}\n"
        "  - {certificates: [supplier], under: 2, until: 2032-12-31}\n"
        "  - {certificates: [issuing-oca], under: 1, generation: 2, until: 2033-12-31"
    )
    population = "population: {premises: 2, suppliers: {alpha: 50%, beta: 50%}}\n"
    story = read_story(story_with(entries[1:], population), "own.yaml")
    setup = set_up(story, premises=2, seed=1, policy=Policy())
    pki, role = setup.pki, RemotePartyRole.SUPPLIER
    ends = {
        "alpha": pki.cell_certificate(SUPPLIER),
        "alpha 2 under 1": pki.cell_certificate(SUPPLIER, 2, under=1),
        "alpha 2 under 2": pki.cell_certificate(SUPPLIER, 2, under=2),
        "beta": setup.participants.credentials(role, 1, "beta").certificates[SUPPLIER],
        "issuer": pki.issuing(1),
        "issuer 2 under 1": pki.issuing(2, 1),
        "issuer 2": pki.issuing(2),
        "root": pki.root(1),
    }
    assert {name: each.not_after.year for name, each in ends.items()} == {
        "alpha": 2030, "alpha 2 under 1": 2030, "alpha 2 under 2": 2032, "beta": 2031,
        "issuer": 2030, "issuer 2 under 1": 2033, "issuer 2": 2030, "root": 2069,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "rule", "said"),
    [
        ("certificates: [suplier], from: 2021-06-01", "value", "did you mean 'supplier'?"),
        ("certificates: [root-oka], from: 2021-06-01", "value", "did you mean 'root-oca'?"),
        ("certificates: [], from: 2021-06-01", "value", "must not be empty"),
        ("certificates: [supplier], form: 2021-06-01", "unknown-key", "'from'"),
        ("certificates: [supplier]", "value", "from when, or until when"),
        ("certificates: [supplier], years: 3", "value", "from when, or until when"),
        (
            "certificates: [supplier], from: 2021-06-01, until: 2027-01-01, years: 3",
            "value", "one thing twice",
        ),
        (
            "certificates: [supplier], from: 2027-06-01, until: 2027-05-31",
            "value", "the last day, 2027-05-31, is before the first, 2027-06-01",
        ),
        ("certificates: [supplier], from: 2021-06-01T00:00:00Z", "value", "a day such as"),
        ("certificates: [supplier], from: 1949-12-31", "value", "a year from 1950 to 9998"),
        ("certificates: [supplier], until: 9999-12-31", "value", "a year from 1950 to 9998"),
        ("certificates: [supplier], from: 9990-01-01, years: 20", "value", "leave the calendar"),
        ("certificates: [supplier], until: 1950-01-01, years: 100", "start-outside-validity", ""),
        (
            "certificates: [supplier], party: gamma, from: 2021-06-01",
            "validity-of-no-certificate", "no organisation of this story",
        ),
        (
            "certificates: [wanProvider], party: supplier, from: 2021-06-01",
            "validity-of-no-certificate", "supplier has no certificate for wanProvider",
        ),
        (
            "certificates: [wanProvider], generation: 3, from: 2021-06-01",
            "validity-of-no-certificate", "the DCC has 2 generations of these, not 3",
        ),
        (
            "certificates: [supplier], under: 3, from: 2021-06-01",
            "validity-of-no-certificate", "have 2 generations, not 3",
        ),
    ],
)  # fmt: skip
def test_an_entry_that_cannot_be_is_told_with_its_line(words: str, rule: str, said: str) -> None:
    found = list(mistakes(story_with(words)))
    assert (rule, "GBCS 13.1.2" if "validity" in rule else "") in {each[1:3] for each in found}
    assert any(said in each[3] for each in found)
    if rule != "start-outside-validity":
        assert {each[0] for each in found} == {4}


@pytest.mark.parametrize(
    ("validity", "start", "said"),
    [
        ("certificates: [supplier], until: 2026-11-01", "2026-11-02T00:00:00Z", "supplier.DS"),
        ("certificates: [supplier], until: 2026-11-01", "2026-11-01T23:59:59Z", ""),
        ("certificates: [supplier], from: 2026-11-03", "2026-11-02T23:59:59Z", "supplier.DS"),
        ("certificates: [supplier], from: 2026-11-03", "2026-11-03T00:00:00Z", ""),
        ("certificates: [root-oca], until: 2026-11-01", "2026-11-02T00:00:00Z", "Root OCA"),
        # What no cell holds yet may begin later, and have ended before.
        ("certificates: [all], generation: 2, from: 2030-01-01", "2026-11-02T00:00:00Z", ""),
        ("certificates: [issuing-oca], until: 2026-11-01", "2026-11-02T00:00:00Z", ""),
    ],
)
def test_a_start_while_certificates_in_cells_are_not_valid_is_refused(
    validity: str, start: str, said: str
) -> None:
    text = story_with(validity).replace("2026-11-02T09:00:00Z", start)
    found = list(mistakes(text))
    if not said:
        assert found == []
        return
    ((line, rule, clause, words),) = found
    assert (line, rule, clause) == (2, "start-outside-validity", "GBCS 13.1.2")
    assert f"the certificate {said}, generation 1, is valid from" in words


def test_a_provisioned_generation_is_what_a_start_is_compared_with() -> None:
    provision = "provision: [{cells: [supplier], generation: 2}]\n"
    ended = "certificates: [supplier], generation: 1, until: 2026-11-01"
    assert list(mistakes(story_with(ended, provision))) == []
    early = "certificates: [supplier], generation: 2, from: 2026-12-01"
    (found,) = mistakes(story_with(early, provision))
    assert "the certificate supplier.DS, generation 2, is valid from 2026-12-01" in found[3]


def test_a_story_may_outlast_certificates_whose_end_it_says() -> None:
    steps = LOOK.replace("t,", "t, minutes: 576000,") + LOOK.removeprefix("steps:\n").replace(
        "look", "again"
    )
    late = "2039-06-01T00:00:00Z"
    text = story_with("certificates: [supplier], until: 2039-12-31", steps=steps)
    (found,) = mistakes(text.replace("2026-11-02T09:00:00Z", late))
    assert "and the last step begins later" in found[3]
    text = story_with("certificates: [all], until: 2039-12-31", steps=steps)
    assert list(mistakes(text.replace("2026-11-02T09:00:00Z", late))) == []


def test_the_command_line_refuses_it_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    story, folder = tmp_path / "own.yaml", tmp_path / "run"
    story.write_text(story_with("certificates: [supplier], until: 2026-11-01"))
    assert command(["drill", "run", str(story), "--out", str(folder)]) == 4
    first, *rest = capsys.readouterr().err.splitlines()
    assert f"{story}, line 2, start: the certificate supplier.DS, generation 1, is valid" in first
    assert rest == ['firmware-sim: see the documentation\'s page "Drills" (docs/drills.md)']
    assert not folder.exists()


def test_drill_show_tells_the_periods() -> None:
    text = story_with("certificates: [supplier, issuing-oca], generation: 2, from: 2026-12-01")
    told = surroundings(read_story(text, "own.yaml"))["Validity"]
    assert told == "supplier and issuing-oca generation 2 from 2026-12-01"


EXPIRED = "certificates: [supplier], generation: 2, from: 2026-01-01, until: 2026-10-31"


async def renewed(folder: Path, more: str = "", policy: Policy | None = None) -> Rehearsal:
    """The supplier installs certificates that have ended, and that is to be accepted."""
    step = f"steps:\n  - {{name: renew, title: t, {BY_SUPPLIER}, install: 2{more}}}\n"
    read = LOOK.removeprefix("steps:\n").replace("Broker", "Broker, holding: {supplier: 2}")
    story = read_story(story_with(EXPIRED, steps=step + read), "own.yaml")
    return await rehearse(story, folder, policy=policy)


@pytest.mark.parametrize(
    ("more", "choice", "is_taken"),
    [
        ("", "reliable-clock", False),
        (", time checks: false", "reliable-clock", True),
        (", clock: unreliable", "reliable-clock", True),
        (", clock: invalid", "reliable-clock", True),
        (", clock: unreliable", "always", False),
        (", clock: unreliable, time checks: false", "always", True),
        ("", "never", True),
    ],
)
async def test_the_policy_of_the_devices_decides_about_an_expired_certificate(
    more: str, choice: str, is_taken: bool, tmp_path: Path
) -> None:
    run = await renewed(tmp_path, more, Policy.from_choices({"time_checks": choice}))
    right = DevicesVerdict.RIGHT if is_taken else DevicesVerdict.WRONG
    assert run.devices is right, run.reasons()
    if not is_taken:
        assert "noTrustAnchor" in str(run.rows("SELECT actual, reason FROM verdict"))


def test_devices_trust_their_clocks_again_however_the_step_ends() -> None:
    clock = StillClock()

    def interrupted() -> None:
        with clocks_trusted(clock, "unreliable"):
            assert clock.now().reliability is ClockReliability.UNRELIABLE
            clock.advance(30)
            raise BenchError("the broker is gone")

    with pytest.raises(BenchError):
        interrupted()
    assert clock.now() == (START + timedelta(minutes=30), ClockReliability.RELIABLE, None)


async def test_no_clock_is_set_that_another_program_keeps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device_clocks, "devices_elsewhere", lambda state: list(state.contacts))
    with pytest.raises(BenchError, match="sets the clocks of devices"):
        await renewed(tmp_path, ", clock: unreliable")


def test_a_third_root_changes_no_octet_of_what_there_was() -> None:
    two, three = (DrillPki.generate(7, roots=number) for number in (2, 3))
    octets = {each.certificate.octets for each in three.holdings}
    assert {each.certificate.octets for each in two.holdings} < octets
    assert len(three.holdings) == len(two.holdings) + 3  # the root, its link, its Issuing OCA
    link = load_der_x509_certificate(three.root_link(3).octets)
    link.verify_directly_issued_by(load_der_x509_certificate(three.root(2).octets))
    issuer = load_der_x509_certificate(three.issuing(3).octets)
    issuer.verify_directly_issued_by(load_der_x509_certificate(three.root(3).octets))


@pytest.mark.parametrize(
    ("words", "rule", "said"),
    [
        (NEXT_ROOT.replace("3", "4"), "certificate-of-no-party",
         "up to 3 roots"),
        (f"{NEXT_ROOT}, links: [1]", "no-such-link", "no root vouches for root 1"),
        (f"{NEXT_ROOT}, links: [4]", "no-such-link", "name one from 2 to 3"),
        (f"{NEXT_ROOT}, links: [3], omit: [link certificate]", "no-such-link",
         "write one of the two"),
        (f"{BY_SUPPLIER}, install: 2, links: [2]", "no-such-link", "has no link certificate here"),
        (f"{BY_SUPPLIER}, install: 2, under: 3", "certificate-of-no-party",
         "the DCC has 2 Issuing OCAs in a drill, not 3"),
        (f"{NEXT_ROOT}, clock: slow", "value",
         "unreliable"),
    ],
)  # fmt: skip
def test_a_link_or_root_that_there_is_not_is_found(words: str, rule: str, said: str) -> None:
    steps = f"steps:\n  - {{name: a, title: t, {words}}}\n"
    found = list(mistakes(HEAD + steps))
    assert [each[:2] for each in found] == [(4, rule)]
    assert said in found[0][3]
