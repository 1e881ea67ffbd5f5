"""Before the first step: are the devices there that other programs serve?

A broker keeps the last status of a hub, and may have kept it from a time when the hub was there: a
broker that crashed never published the hub's will. So what the drill was told is tried out.
"""

from typing import Final

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.drills.delivery import CommandSender
from firmware_sim.bench.drills.each_device import for_each
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepLog
from firmware_sim.bench.dut.target import Reach
from firmware_sim.bench.files.documentation import page
from firmware_sim.bench.outcome import Verdict

STEP_NAME: Final = "presence"
STEP_TITLE: Final = "Each device that another program serves is asked whether it is there"

_CHECK: Final = "the device is there"
_SILENCE: Final = (
    "nothing came back: it is not known whether the command reached a device. The status by which "
    "it is online may be an old one that the broker kept, or the broker may not let parties "
    "publish commands (mend: start what serves the device, or clear its status; see "
    f"{page('mqtt')}. On a hub's line: see to the hub, or give a longer wait; see {page('boards')})"
)


def devices_elsewhere(state: DrillState) -> list[DeviceContact]:
    """The devices that take part and that another program serves."""
    reach = state.target.reach
    return [each for each in state.contacts if reach(each.entity_id) is Reach.ELSEWHERE]


async def ask_devices_elsewhere(state: DrillState, log: StepLog) -> None:
    """Send each a CS02a of the Access Control Broker, once; one of which nothing comes is an ERROR.

    An answer that is not genuine is enough here: the steps judge what the device answers.
    """
    sender = CommandSender(state.target, state.waits, log)

    async def ask(contact: DeviceContact) -> None:
        broker = state.participants.broker(state.broker_generation(contact))
        result = await sender.ask(broker, contact, broker.read_back(contact))
        if result.outstanding:
            log.check(contact, _CHECK, Verdict.SKIPPED, "any answer", "silence", result.problem)
        elif result.response is not None or result.wrong or result.notice is not None:
            log.check(contact, _CHECK, Verdict.PASSED, "any answer", "it answers")
        else:
            log.check(contact, _CHECK, Verdict.ERROR, "any answer", "silence", _SILENCE)

    await for_each(devices_elsewhere(state), ask, state.progress, STEP_TITLE)
