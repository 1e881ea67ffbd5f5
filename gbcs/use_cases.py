"""Every message code: its use case, and how its messages are protected.

One row a message code, 240 of them. The protection column says what a message of that kind
carries: ``S`` a signature, ``M`` a MAC, ``SM`` both, ``M/S`` one or the other by originator
(CS02a and CS02f: MAC for the Access Control Broker, signature for everybody else), ``-`` there is
no such message, ``?`` no public source says. An ``x`` marks the use cases that a Device of
this project executes; messages of the others are parsed with an opaque payload. A ``t`` marks those
of them whose response carries the Device's clock in its header.

Sources: code and name, GBCS message code tables; protection and clock, the reference messages, and
for CS02b GBCS 13.3.3.1 (see also `firmware_sim.gbcs.replacement`). Which rule puts the clock into
a header is not public.
"""

from typing import NamedTuple

from firmware_sim.gbcs.identifiers import CraFlag, MessageCode


class UseCase(NamedTuple):
    """One row: the protections are written as in the module's table."""

    code: MessageCode
    name: str
    command: str
    response: str
    alert: str
    executed: bool
    stamped: bool = False

    def protection(self, cra: CraFlag) -> str:
        """The column for a Command, Response or Alert."""
        return (self.command, self.response, self.alert)[cra - 1]


CS02A = MessageCode(0x0008)
CS02C = MessageCode(0x000A)
CS02D = MessageCode(0x000B)
CS02E = MessageCode(0x000C)
CS02F = MessageCode(0x011B)
CS02G = (MessageCode(0x0125), MessageCode(0x0126))
CS01A = MessageCode(0x0007)
CS01B = MessageCode(0x0097)
CS06 = MessageCode(0x0012)
ECS17B = MessageCode(0x0027)
ECS17C = MessageCode(0x0028)
ECS52 = MessageCode(0x0059)
GCS09 = MessageCode(0x0072)
GCS13A = MessageCode(0x0074)
GCS38 = MessageCode(0x0084)
GCS39 = MessageCode(0x0085)
GCS61 = MessageCode(0x00A0)
CCS05 = MessageCode(0x0004)
CS06_FUTURE_DATED_ALERT = MessageCode(0x00CA)
CS02B_FUTURE_DATED_ALERT = MessageCode(0x00CB)
CS02G_FUTURE_DATED_ALERT = MessageCode(0x0124)
GENERIC_CRITICAL_ALERT = MessageCode(0x1000)
GENERIC_NON_CRITICAL_ALERT = MessageCode(0x1001)


def future_dated_alert(code: MessageCode) -> MessageCode:
    """The message code of the alert that follows a future-dated CS02b or CS02g command."""
    return CS02G_FUTURE_DATED_ALERT if code in CS02G else CS02B_FUTURE_DATED_ALERT


def use_case(code: MessageCode) -> UseCase | None:
    """The row of a message code, or None for a code that GBCS does not define."""
    return USE_CASES.get(code)


def use_case_name(code: MessageCode) -> str:
    """The name of a message code, or ``unknown``."""
    row = USE_CASES.get(code)
    return "unknown" if row is None else row.name


def _row(text: str) -> UseCase:
    code, name, command, response, alert, *mark = text.split()
    return UseCase(
        MessageCode(int(code, 16)),
        name.replace(":", " "),
        command,
        response,
        alert,
        "x" in mark,
        "t" in mark,
    )


# code name                                      command response alert executed stamped
_TABLE = """
0001 CCS01                                      M    M    -
0002 CCS02                                      M    M    -
0003 CCS03                                      M    M    -
0004 CCS05/CCS04                                M    M    - x
0007 CS01a                                      M    M    - x t
0008 CS02a                                      M/S  S/M  - x
000a CS02c                                      SM   S    - x
000b CS02d                                      SM   S    - x
000c CS02e                                      SM   S    - x
000d CS03A1                                     SM   S    -
000e CS03B                                      M    M    -
000f CS04AC                                     SM   S    -
0010 CS04B                                      M    M    -
0012 CS06                                       SM   S    - x t
0013 CS07                                       M    M    -
0014 CS10a                                      M    M    -
0015 CS11                                       M    M    -
0018 CS14                                       -    -    M
0019 ECS01a                                     SM   S    -
001a ECS02                                      SM   S    -
001b ECS03                                      SM   S    -
001c ECS04a                                     SM   S    -
001d ECS05                                      SM   S    -
001e ECS07                                      SM   S    -
001f ECS08                                      SM   S    -
0020 ECS09                                      SM   S    -
0021 ECS10                                      M    M    -
0022 ECS12                                      M    M    -
0023 ECS14                                      M    M    -
0024 ECS15a                                     M    M    -
0025 ECS16                                      M    M    -
0026 ECS17a                                     M    M    -
0027 ECS17b                                     M    M    - x t
0028 ECS17c                                     M    M    - x t
0029 ECS17d                                     M    M    -
002a ECS17e                                     M    M    -
002b ECS18a                                     M    M    -
002c ECS18b                                     M    M    -
002d ECS19                                      M    M    -
002e ECS20a                                     M    M    -
002f ECS20b                                     M    M    -
0030 ECS20c                                     M    M    -
0033 ECS21a                                     M    M    -
0034 ECS21b                                     M    M    -
0035 ECS21c                                     M    M    -
0036 ECS22a                                     M    M    -
0037 ECS22b                                     M    M    -
0038 ECS22c                                     M    M    -
0039 ECS23                                      M    M    -
003a ECS24                                      M    M    -
003b ECS26a                                     M    M    -
003c ECS26b                                     M    M    -
003d ECS26c                                     M    M    -
003e ECS26d                                     M    M    -
003f ECS26e                                     M    M    -
0040 ECS26f                                     M    M    -
0042 ECS27                                      M    M    -
0043 ECS28a                                     SM   S    -
0044 ECS28b                                     M    M    -
0045 ECS29a                                     M    M    -
0046 ECS30                                      SM   S    -
0047 ECS34                                      M    M    -
0048 ECS35a                                     M    M    -
0049 ECS35b                                     M    M    -
004a ECS37                                      M    M    -
004b ECS38                                      SM   S    -
004c ECS39a                                     M    M    -
004d ECS39b                                     M    M    -
004e ECS40                                      M    M    -
004f ECS42                                      SM   S    -
0050 ECS43                                      SM   S    -
0051 ECS44                                      SM   S    -
0052 ECS45                                      M    M    -
0053 ECS46a                                     SM   S    -
0054 ECS46c                                     SM   S    -
0055 ECS47                                      SM   S    -
0058 ECS50                                      M    M    -
0059 ECS52                                      M    M    - x
005a ECS57                                      M    M    -
005e ECS61c                                     M    M    -
005f ECS62                                      M    M    -
0060 ECS66                                      M    M    -
0061 ECS68                                      -    -    S
0062 ECS70                                      SM   S    -
0067 ECS80                                      -    -    S
0068 ECS81                                      SM   S    -
0069 ECS82                                      M    M    -
006b GCS01a                                     SM   S    -
006c GCS02                                      SM   S    -
006d GCS03                                      SM   S    -
006e GCS04                                      SM   S    -
006f GCS05                                      SM   S    -
0070 GCS06                                      SM   S    -
0071 GCS07                                      M    M    -
0072 GCS09                                      M    M    - x
0073 GCS11                                      M    M    -
0074 GCS13a                                     M    M    - x t
0075 GCS14                                      M    M    -
0076 GCS15c                                     M    M    -
0077 GCS16a                                     M    M    -
0078 GCS17                                      M    M    -
0079 GCS18                                      M    M    -
007b GCS21a                                     M    M    -
007c GCS23                                      SM   S    -
007d GCS24                                      SM   S    -
007e GCS25                                      SM   S    -
007f GCS28                                      SM   S    -
0080 GCS31                                      M    M    -
0081 GCS32                                      SM   S    -
0082 GCS33                                      M    M    -
0083 GCS36                                      M    M    -
0084 GCS38                                      M    M    - x
0085 GCS39                                      SM   S    - x
0086 GCS40a                                     SM   S    -
0087 GCS41                                      M    M    -
0088 GCS44                                      M    M    -
0089 GCS46                                      M    M    -
008b GCS53                                      -    -    S
008c GCS59                                      M    M    -
008d GCS60                                      M    M    -
0090 PCS02                                      M    M    -
0092 ECS26i                                     M    M    -
0093 ECS35c                                     M    M    -
0094 ECS35d                                     M    M    -
0096 GCS16b                                     M    M    -
0097 CS01b                                      M    M    - x t
009b PCS01                                      M    M    -
009d GCS21d                                     M    M    -
009e GCS21e                                     M    M    -
009f GCS21f                                     M    M    -
00a0 GCS61                                      M    M    - x
00a1 CS10b                                      M    M    -
00a2 ECS01b                                     SM   S    -
00a3 GCS01b                                     SM   S    -
00ab CS03A2                                     SM   S    -
00ac ECS25a                                     M    M    -
00ad GCS20                                      M    M    -
00ae ECS29b                                     M    M    -
00af CS03C                                      SM   S    -
00b0 ECS25b                                     M    M    -
00b2 GCS62                                      -    -    M
00b3 ECS04b                                     SM   S    -
00b4 GCS40b                                     SM   S    -
00b5 GCS21b                                     M    M    -
00b6 GCS13c                                     M    M    -
00b7 ECS01c                                     SM   S    -
00b8 GCS13b                                     M    M    -
00b9 ECS35e                                     M    M    -
00ba ECS35f                                     M    M    -
00bb ECS61a                                     M    M    -
00bc ECS23b                                     M    M    -
00bd ECS24b                                     M    M    -
00be ECS26j                                     M    M    -
00bf GCS21j                                     M    M    -
00c0 GCS40c                                     SM   S    -
00c1 ECS15c                                     M    M    -
00c2 GCS40d                                     SM   S    -
00c3 GCS15b                                     M    M    -
00c4 GCS15d                                     M    M    -
00c5 GCS15e                                     M    M    -
00c6 ECS26k                                     M    M    -
00c7 ECS01d                                     SM   S    -
00c9 ECS20d                                     M    M    -
00ca CS06FutureDatedAlert                       -    -    S
00cb CS02bFutureDatedAlert                      -    -    S
00cc FutureDatedAlertDLMS                       -    -    S
00cd FutureDatedAlertGBZ                        -    -    S
00ce FirmwareReceiptAlertESME                   -    -    S
00cf FirmwareReceiptAlertGSME                   -    -    S
00d1 ECS29c                                     M    M    -
00d2 ECS29d                                     M    M    -
00d3 ECS29e                                     M    M    -
00d4 ECS29f                                     M    M    -
00d5 DeliveryFailureAlertESME                   -    -    ?
00d7 ECS30a                                     SM   S    -
00d8 GCS25a                                     SM   S    -
00d9 ECS26l                                     M    M    -
00da GCS21k                                     M    M    -
00db ECS48                                      SM   S    -
00de ECS08a                                     SM   S    -
00ea ECS25a1                                    M    M    -
00eb ECS25a2                                    M    M    -
00ec ECS25a3                                    M    M    -
00ed ECS25b3                                    M    M    -
00ee ECS25r1                                    M    M    -
00ef ECS25r2                                    M    M    -
00f0 MeterIntegrityAlertESME                    -    -    M
00f1 GCS20r                                     M    M    -
00f2 MeterIntegrityAlertGSME                    -    -    M
00f9 ECS26m                                     M    M    -
00fa ECS26n                                     M    M    -
00fb GCS21m                                     M    M    -
00fc GCS24a                                     SM   S    -
00fd ECS35g                                     M    M    -
00fe CCS07                                      M    M    -
0100 CS02b:rootBySupplier                       SM   S    - x t
0101 CS02b:rootByWanProvider                    SM   S    - x t
0102 CS02b:supplierBySupplier                   SM   S    - x t
0103 CS02b:networkOperatorByNetworkOperator     SM   S    - x t
0104 CS02b:accessControlBrokerByACB             M    S    - x t
0105 CS02b:wanProviderByWanProvider             SM   S    - x t
0106 CS02b:transCoSByTransCoS                   SM   S    - x t
0107 CS02b:supplierByTransCoS                   SM   S    - x t
0108 CS02b:anyExceptAbnormalRootByRecovery      S    S    - x t
0109 CS02b:anyByContingency                     S    S    - x t
010a DBCH01                                     M    M    -
010b DBCH02                                     M    M    -
010c DBCH03                                     M    M    -
010d DBCH04                                     M    M    -
010e DBCH05                                     M    M    -
010f CCS06                                      M    M    -
0110 DBCH06                                     -    -    M
0111 DBCH07                                     -    -    M
0112 DBCH08                                     -    -    M
0113 DBCH09                                     -    -    M
0114 DBCH10                                     -    -    M
0115 DBCH11                                     -    -    M
0116 PECS01                                     ?    ?    -
0117 PECS02                                     ?    ?    -
0118 PECS03                                     ?    ?    -
0119 HECS01                                     ?    ?    -
011a ECS46d                                     SM   S    -
011b CS02f                                      M/S  S/M  - x
011c ECS61d                                     M    M    -
011d ECS61e                                     M    M    -
011e ECS47a                                     SM   S    -
011f ECS47e                                     SM   S    -
0120 ECS100                                     -    -    S
0121 ECS101                                     -    -    S
0122 ECS102                                     -    -    S
0123 ECS200                                     -    -    S
0124 CS02gFutureDatedAlert                      -    -    S
0125 CS02g:loadControllerByLoadController       SM   S    - x t
0126 CS02g:loadControllerBySupplier             SM   S    - x t
0128 CCS08                                      -    -    S
0129 CS08                                       M    M    -
012a GCS60a                                     M    M    -
012b CS09                                       -    -    S
1000 GenericCriticalAlert                       -    -    S
1001 GenericNonCriticalAlert                    -    -    M
"""

USE_CASES = {row.code: row for row in map(_row, _TABLE.strip().splitlines())}
