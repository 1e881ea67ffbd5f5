"""Signed readbacks by parties of our own PKI, answered by devices."""

from pathlib import Path

import pytest

from firmware_sim.gbcs.identifiers import CraFlag
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.security_credentials import (
    CellContents,
    CredentialsQuery,
    CredentialsReport,
    RoleCredentials,
)
from firmware_sim.gbcs.protection import with_signature
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole, TrustAnchorCellId
from firmware_sim.gbcs.use_cases import CS02F
from tests.bench.experiments.conformance.pki_set import (
    ESME,
    Holder,
    PkiSet,
    encoded,
    replayed,
    to_party,
    wrong_states_of,
)
from tests.bench.experiments.conformance.updates import OPERATOR_CELLS
from tests.support.pki import SUITE

ROLE = RemotePartyRole


@pytest.fixture
def pki_set(tmp_path: Path) -> PkiSet:
    return PkiSet(tmp_path)


ASKED = CredentialsReport(
    (
        RoleCredentials(
            ROLE.NETWORK_OPERATOR,
            StatusCode.SUCCESS,
            1,
            tuple(
                CellContents(
                    holder.cell.key_usage,
                    holder.cell.cell_usage,
                    holder.entity,
                    holder.leaf.key_identifier,
                )
                for holder in map(Holder.of, OPERATOR_CELLS)
            ),
        ),
        RoleCredentials(ROLE.LOAD_CONTROLLER, StatusCode.TRUST_ANCHOR_NOT_FOUND),
        RoleCredentials(ROLE.TRANSITIONAL_COS, StatusCode.OTHER),
    )
)


def test_signed_cs02f_with_its_three_statuses_replays(pki_set: PkiSet) -> None:
    """Held, not held, and withheld whether or not it is held."""
    supplier = Holder.of("supplier.DS")
    authorising = TrustAnchorCellId(ROLE.SUPPLIER, KeyUsage.DIGITAL_SIGNATURE)
    query = CredentialsQuery(authorising, tuple(role.role for role in ASKED.roles))
    bare = Message(CraFlag.COMMAND, 1300, supplier.entity, ESME, CS02F, encoded(query))
    command = with_signature(bare, supplier.leaf.key, SUITE)
    replay = replayed(pki_set, command=command, response=to_party(command, encoded(ASKED)))
    assert wrong_states_of(replay) == {
        "another device",
        "counter already used",
        "another certificate in supplier.DS",
        "another certificate in networkOperator.DS",
        "another certificate in networkOperator.KA",
    }
