"""Any payload of the credential use cases that can be encoded."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from firmware_sim.gbcs.payloads.cells import MAX_SEQ_NUMBER, StatusCode
from firmware_sim.gbcs.payloads.floors import FloorChange, SeqNumberUsage, SpecialistFloor
from firmware_sim.gbcs.payloads.security_credentials import (
    CellContents,
    CredentialsQuery,
    CredentialsReport,
    RoleCredentials,
)
from firmware_sim.gbcs.payloads.update_credentials import (
    Control,
    ExecutionOutcome,
    Replacement,
    ReplacementOutcome,
    UpdateAlert,
    UpdateCommand,
    UpdateResponse,
)
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import CellUsage, KeyUsage, RemotePartyRole, TrustAnchorCellId

# A certificate's shape, not a certificate: SEQUENCE { SEQUENCE, SEQUENCE, BIT STRING }.
OPAQUE = bytes.fromhex("300d 3003020101 3002 0500 0302 0780".replace(" ", ""))

roles = st.sampled_from(RemotePartyRole)
numbers = st.integers(0, MAX_SEQ_NUMBER)
identifiers = st.binary(min_size=8, max_size=8)
cells = st.builds(TrustAnchorCellId, roles, st.sampled_from(KeyUsage), st.sampled_from(CellUsage))
# From 1000 on: asn1tools writes earlier years with fewer than four digits.
times = st.integers(-30_610_224_000, 253_402_300_799).map(
    lambda seconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)

specialist = st.lists(
    st.builds(SpecialistFloor, st.sampled_from(SeqNumberUsage), numbers), max_size=2
).map(tuple)
changes = st.builds(FloorChange, roles, numbers, st.none() | specialist)
some_changes = st.lists(changes, max_size=4).map(tuple)

queries = st.builds(CredentialsQuery, cells, st.lists(roles, max_size=5).map(tuple))

contents = st.builds(
    CellContents, st.sampled_from(KeyUsage), st.sampled_from(CellUsage), identifiers, identifiers
)
details = st.builds(
    RoleCredentials,
    roles,
    st.sampled_from(StatusCode),
    st.none() | numbers,
    st.none() | st.lists(contents, max_size=3).map(tuple),
)
reports = st.builds(CredentialsReport, st.lists(details, max_size=3).map(tuple))

controls = st.builds(
    Control,
    mode=st.sampled_from(ReplacementMode),
    counter=numbers,
    authorising_cell=st.none() | cells,
    floor=st.none() | numbers,
    specialist_floors=st.none() | specialist,
    other_changes=st.none() | some_changes,
    time_checks=st.booleans(),
    symmetric_key=st.none() | st.binary(min_size=16, max_size=32),
)
commands = st.builds(
    UpdateCommand,
    controls,
    st.lists(st.builds(Replacement, st.just(OPAQUE), cells), max_size=16).map(tuple),
    st.lists(st.just(OPAQUE), max_size=8).map(tuple),
    st.none() | times,
)

outcomes = st.builds(
    ReplacementOutcome,
    cells,
    st.sampled_from(StatusCode),
    identifiers,
    identifiers,
    identifiers,
    identifiers,
)
executions = st.builds(
    ExecutionOutcome,
    numbers,
    st.sampled_from(ReplacementMode),
    some_changes,
    st.lists(outcomes, max_size=9).map(tuple),
)
responses = st.builds(UpdateResponse, st.none() | executions)
alerts = st.builds(UpdateAlert, st.integers(0, 2**32 - 1), times, executions)

payloads = st.one_of(queries, reports, commands, responses, alerts)
