"""A run as a drill would record it, without a drill: four devices a premises lose their root."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from firmware_sim.bench.commands.compose import Content
from firmware_sim.bench.commands.requests import UpdateRequest
from firmware_sim.bench.evidence.ledger import Phase, RunLedger, Source
from firmware_sim.bench.evidence.run_info import Clause, GovernanceEvent, InputText, RunInfo
from firmware_sim.bench.outcome import Outcome, Verdict
from firmware_sim.gbcs.identifiers import CraFlag, EntityId, MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.update_credentials import Replacement
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import ROOT_CELL, DeviceType, TrustAnchorCellId

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SYMMETRIC_KEY = bytes.fromhex("5ec4e7000000000000000000c0ffee11")
BROKER = EntityId.parse("90b3d51f30000002")
SUPPLIER = EntityId.parse("90b3d51f30010000")
SOURCES: tuple[Source, ...] = ("CS02a", "image")
CERTIFICATE = bytes.fromhex("3003020101")

CELLS = {
    "ESME": (
        "root.CS", "recovery.DS", "supplier.DS", "supplier.KA", "supplier.KA.PP",
        "networkOperator.DS", "networkOperator.KA", "accessControlBroker.KA", "transitionalCoS.DS",
    ),
    "GSME": (
        "root.CS", "recovery.DS", "supplier.DS", "supplier.KA", "supplier.KA.PP",
        "networkOperator.DS", "networkOperator.KA", "accessControlBroker.KA", "transitionalCoS.DS",
    ),
    "GPF": (
        "root.CS", "recovery.DS", "supplier.DS", "supplier.KA", "networkOperator.DS",
        "networkOperator.KA", "accessControlBroker.KA", "transitionalCoS.DS",
    ),
    "CHF": (
        "root.CS", "recovery.DS", "accessControlBroker.DS", "accessControlBroker.KA",
        "wanProvider.DS", "transitionalCoS.DS",
    ),
}  # fmt: skip

GOVERNANCE = (
    ("fall", 4, "The Root falls", GovernanceEvent.COMPROMISE,
     "The Root OCA private key is declared compromised, and an attacker has a copy."),
    ("notify", 30, "DCC tells the committee", GovernanceEvent.NOTIFICATION,
     "DCC notifies the SMKI PMA, all Parties and Registration Data Providers."),
    ("meet", 15, "The committee meets", GovernanceEvent.MEETING,
     "Five members present, the Chair among them: quorate."),
    ("decide", 20, "The committee decides", GovernanceEvent.DECISION,
     "Use of the Contingency Private Key and the symmetric key is required."),
    ("sign", 1, "Custody signs", GovernanceEvent.CUSTODY,
     "Contingency Private Key used for 4 commands; symmetric key released."),
)  # fmt: skip

POLICY = Policy(contingency_renewal="optional")


def run_info(premises: int = 1) -> RunInfo:
    return RunInfo(
        story="root-compromise-contingency",
        title="A meter that survives the fall of the Root",
        seed=7,
        target="mqtt",
        premises=premises,
        started=START,
        summary="The private key of the Root OCA is in wrong hands. Every certificate that a "
        "device trusts hangs from that root, so nothing that arrives can be believed any more. "
        "One key is outside that tree: the Contingency Private Key.",
        clauses=(
            Clause("SEC L10.1(e)", "The arrangements for recovery are tested periodically"),
            Clause("SEC L10.2(a)", "No use of the Contingency Private Key before a decision"),
            Clause("SEC L1.13", "The SMKI PMA decides nothing without a quorum of four"),
        ),
        policy=POLICY.describe(),
        versions={"firmware-sim": "0.1.0", "cryptography": "50.0.2", "Python": "3.11.7"},
        inputs=(InputText("story", "root-compromise.yaml", "name: root-compromise-contingency\n"),),
        command_line=("firmware-sim", "drill", "run", "root-compromise-contingency", "--seed", "7"),
    )


def identifier(*words: str) -> bytes:
    return sha256(" ".join(words).encode()).digest()[:8]


def message(
    cra: CraFlag, counter: int, party: EntityId, device: EntityId, code: int, payload: bytes
) -> bytes:
    ends = (device, party) if cra is not CraFlag.COMMAND else (party, device)
    signature = sha256(payload).digest() * 2
    return Message(cra, counter, *ends, MessageCode(code), payload, signature=signature).build()


def contingency_command(device: EntityId, key: bytes = SYMMETRIC_KEY) -> bytes:
    replacements = (Replacement(CERTIFICATE, ROOT_CELL),)
    request = UpdateRequest(ReplacementMode.ANY_BY_CONTINGENCY, replacements)
    content = Content.update(request, DeviceType.ESME, 2000, key)
    return message(CraFlag.COMMAND, 2000, BROKER, device, content.code, content.payload)


class Rehearsal:
    """Writes a plausible run into a ledger; `failing` is a device whose supplier.DS stays old."""

    def __init__(self, ledger: RunLedger, *, premises: int = 1, failing: int | None = None) -> None:
        self.ledger = ledger
        self.premises = premises
        self.failing = failing
        self.at = START
        self.devices = [
            (EntityId.parse(f"00db12345678{number:04x}"), kind, number // 4)
            for number, kind in enumerate(list(CELLS) * premises)
        ]

    def later(self, milliseconds: int = 4000) -> datetime:
        self.at += timedelta(milliseconds=milliseconds)
        return self.at

    def play(self, *, finish: bool = True) -> Outcome:
        with self.ledger.together():
            for entity, kind, premises in self.devices:
                self.ledger.device(entity, kind, premises)
            self.baseline()
            self.govern()
            self.recover()
            self.refuse()
        outcome = Outcome.of(self.ledger.verdicts())
        if finish:
            self.ledger.finish(outcome)
        return outcome

    def baseline(self) -> None:
        step = self.ledger.step("baseline", "Before: the supplier's key works", at=self.later())
        for entity, kind, _ in self.devices:
            self.exchange(step, entity, 0x0008, SUPPLIER, 1000, "Read security credentials")
            self.cells(step, entity, kind, "before")
            self.ledger.check(
                step, entity, "The supplier's command is accepted", Verdict.PASSED,
                "a signed response", "a signed response",
            )  # fmt: skip
        self.ledger.finish_step(step, Verdict.PASSED, at=self.later())

    def govern(self) -> None:
        for name, minutes, title, event, detail in GOVERNANCE:
            step = self.ledger.step(name, title, at=self.at)
            self.ledger.governance(self.at, event, detail)
            self.later(60_000 * minutes)
            self.ledger.finish_step(step, Verdict.PASSED, at=self.at)

    def recover(self) -> None:
        title = "One command replaces the root and every other cell"
        step = self.ledger.step("update", title, at=self.later())
        for entity, kind, _ in self.devices:
            command = contingency_command(entity)
            self.ledger.message(
                step, entity, "to device", command, self.later(), "Update Security Credentials"
            )
            reply = message(CraFlag.RESPONSE, 2000, BROKER, entity, 0x0109, bytes(700))
            self.ledger.message(step, entity, "from device", reply, self.later(), "every cell: 0")
            self.cells(step, entity, kind, "after")
            for cell in CELLS[kind]:
                self.judge(step, entity, cell)
        self.ledger.finish_step(step, Verdict.PASSED, at=self.later())

    def judge(self, step: int, entity: EntityId, cell: str) -> None:
        new = identifier("new", cell).hex()
        kept = self.keeps_old(entity, cell)
        actual = identifier("old", cell).hex() if kept else new
        verdict = Verdict.FAILED if kept else Verdict.PASSED
        reason = "the cell still holds the old key" if kept else ""
        self.ledger.check(step, entity, f"{cell} holds the new key", verdict, new, actual, reason)

    def keeps_old(self, entity: EntityId, cell: str) -> bool:
        failing = self.failing is not None and self.devices[self.failing][0] == entity
        return failing and cell == "supplier.DS"

    def refuse(self) -> None:
        for name, title, reason, text in (
            ("old-key", "After: the old supplier key is refused", "bad_signature",
             "the signature does not verify with the key in supplier.DS"),
            ("replay", "After: the captured command is refused", "replayed",
             "Originator Counter 2000 is not above 2000"),
        ):  # fmt: skip
            step = self.ledger.step(name, title, at=self.later())
            for entity, _, _ in self.devices:
                command = contingency_command(entity)
                self.ledger.message(step, entity, "to device", command, self.later(), "replayed")
                self.ledger.refusal(step, entity, reason, text, at=self.later())
                self.ledger.check(
                    step, entity, "No answer, and no cell changes", Verdict.PASSED,
                    "silence", "silence",
                )  # fmt: skip
            self.ledger.finish_step(step, Verdict.PASSED, at=self.later())

    def exchange(
        self, step: int, device: EntityId, code: int, party: EntityId, counter: int, summary: str
    ) -> None:
        command = message(CraFlag.COMMAND, counter, party, device, code, bytes(40))
        self.ledger.message(step, device, "to device", command, self.later(), summary)
        reply = message(CraFlag.RESPONSE, counter, party, device, code, bytes(300))
        self.ledger.message(step, device, "from device", reply, self.later(), "success")

    def cells(self, step: int, entity: EntityId, kind: str, phase: Phase) -> None:
        for cell in CELLS[kind]:
            role = TrustAnchorCellId.parse(cell).role.label
            age = "old" if phase == "before" or self.keeps_old(entity, cell) else "new"
            for source in SOURCES:
                self.ledger.cell(
                    step, entity, phase, source, cell, identifier(role), identifier(age, cell)
                )


def clock() -> Iterator[datetime]:
    at = START
    while True:
        at += timedelta(milliseconds=3)
        yield at


def rehearse(folder: Path, *, premises: int = 1, failing: int | None = None) -> Outcome:
    ticks = clock()
    ledger = RunLedger.create(folder, run_info(premises), clock=lambda: next(ticks))
    with ledger:
        return Rehearsal(ledger, premises=premises, failing=failing).play()
