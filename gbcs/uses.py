"""The uses of a Device's keys: who may ask for what, in which language.

One row a use case of `firmware_sim.gbcs.use_cases` that is about no credential. What the language
of a payload is, `firmware_sim.gbcs.dlms_access`, `firmware_sim.gbcs.zcl` and
`firmware_sim.gbcs.payloads.activation` say. An object that is not of its use case is not reached
by it: a command with a MAC only must not do what needs a signature.
"""

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from firmware_sim.gbcs.identifiers import MessageCode
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole, TrustAnchorCellId
from firmware_sim.gbcs.use_cases import (
    CCS05,
    CS01A,
    CS01B,
    CS06,
    ECS17B,
    ECS17C,
    ECS52,
    GCS09,
    GCS13A,
    GCS38,
    GCS39,
    GCS61,
)

MAX_ANSWER_PAYLOAD_OCTETS: Final = 8000
"""Of the 8,192 octets of a message, those that the payload of an answer to a use may have.

The others are more than header, signature and MAC ever take. A command whose answer would have a
longer payload is refused as malformed.
"""


class ObjectName(NamedTuple):
    """Which value or command of a Device.

    Attributes:
        interface: DLMS class or ZCL cluster.
        attribute: DLMS attribute or method, ZCL attribute or command.
        instance: OBIS code of 6 octets; zero octets for ZCL.
        is_command: whether `attribute` is a method or command.
    """

    interface: int
    attribute: int
    instance: bytes = bytes(6)
    is_command: bool = False


class Language(IntEnum):
    """In what a payload is written."""

    DLMS = 1
    ZCL = 2
    ASN1 = 3


class Use(NamedTuple):
    """One use case.

    Attributes:
        askers: the roles that may ask. The first whose cell names the originator is meant: the key
            agreement cell, which makes the answer's MAC, or for a signed command the
            digitalSignature cell.
        signed: whether the command is signed too, and the answer signed only.
        objects: what it reaches.
        encrypted: whether the values in the answer are encrypted for the asker.
    """

    code: MessageCode
    language: Language
    askers: tuple[RemotePartyRole, ...]
    objects: tuple[ObjectName, ...] = ()
    signed: bool = False
    encrypted: bool = False


PREPAYMENT_CLUSTER = 0x0705
METERING_CLUSTER = 0x0702
DEVICE_MANAGEMENT_CLUSTER = 0x0708

TOKEN_GATEWAY = ObjectName(0x0073, 1, bytes.fromhex("0000132800ff"), is_command=True)
DATA_PROTECTION = ObjectName(0x001E, 1, bytes.fromhex("00002b0208ff"), is_command=True)
IMPORT_REGISTERS = ObjectName(0x0001, 2, bytes.fromhex("00005e2c220a"))
POWER_REGISTERS = ObjectName(0x0001, 2, bytes.fromhex("00005e2c2214"))
DEVICE_LOG = ObjectName(0x0068, 4, bytes.fromhex("00001e0300ff"))
ELECTRICITY_FIRMWARE = ObjectName(0x0001, 2, bytes.fromhex("0000000201ff"))
GAS_FIRMWARE = ObjectName(METERING_CLUSTER, 0x0206)
GAS_REGISTERS = tuple(ObjectName(METERING_CLUSTER, each) for each in (0x0302, 0x0301, 0x0300, 0))
CONSUMER_TOP_UP = ObjectName(PREPAYMENT_CLUSTER, 0x0004, is_command=True)
CHANGE_SUPPLY = ObjectName(METERING_CLUSTER, 0x000B, is_command=True)
GET_SAMPLED_DATA = ObjectName(METERING_CLUSTER, 0x0008, is_command=True)
CHANGE_OF_TENANCY = ObjectName(DEVICE_MANAGEMENT_CLUSTER, 0x0000, is_command=True)

_SUPPLIER = (RemotePartyRole.SUPPLIER,)
# The Broker makes the MAC of every command as it is: asking itself gives it nothing that is new.
_SUPPLIER_OR_BROKER = (*_SUPPLIER, RemotePartyRole.ACCESS_CONTROL_BROKER)
_METER_READERS = (
    RemotePartyRole.SUPPLIER,
    RemotePartyRole.NETWORK_OPERATOR,
    RemotePartyRole.ACCESS_CONTROL_BROKER,
)
_ROWS = (
    Use(CS01A, Language.DLMS, _SUPPLIER, (TOKEN_GATEWAY,)),
    Use(CS01B, Language.ZCL, _SUPPLIER, (CONSUMER_TOP_UP,)),
    Use(CS06, Language.ASN1, (RemotePartyRole.SUPPLIER, RemotePartyRole.WAN_PROVIDER), signed=True),
    Use(ECS52, Language.DLMS, _SUPPLIER_OR_BROKER, (ELECTRICITY_FIRMWARE,)),
    Use(ECS17B, Language.DLMS, _METER_READERS, (IMPORT_REGISTERS,), encrypted=True),
    Use(ECS17C, Language.DLMS, _METER_READERS, (POWER_REGISTERS,)),
    Use(GCS38, Language.ZCL, _SUPPLIER_OR_BROKER, (GAS_FIRMWARE,)),
    Use(GCS13A, Language.ZCL, _SUPPLIER_OR_BROKER, GAS_REGISTERS, encrypted=True),
    Use(GCS39, Language.ZCL, _SUPPLIER, (CHANGE_SUPPLY,), signed=True),
    Use(GCS61, Language.ZCL, _SUPPLIER_OR_BROKER, (GET_SAMPLED_DATA,)),
    Use(GCS09, Language.ZCL, _SUPPLIER, (CHANGE_OF_TENANCY,)),
    Use(CCS05, Language.DLMS, (RemotePartyRole.ACCESS_CONTROL_BROKER,), (DEVICE_LOG,)),
)

USES: Mapping[MessageCode, Use] = MappingProxyType({row.code: row for row in _ROWS})
"""Every row, by message code."""

ACTIVATING_CELLS = frozenset(
    TrustAnchorCellId(role, KeyUsage.DIGITAL_SIGNATURE) for role in USES[CS06].askers
)
"""The cells of which one authorises CS06; no Device type has several."""
