"""A broker that does not let parties publish: nothing is said of devices that got no command."""

from pathlib import Path

from firmware_sim.bench.drills.delivery import Waits
from firmware_sim.bench.outcome import Outcome
from tests.bench.drills.rehearsal import SUPPLIER_STORY, Rehearsal, rehearse, until
from tests.contract.brokers import MosquittoBroker
from tests.requirements import require_tool

QUICK = Waits(response=1, silence=0.3, attempts=2)

# Mosquitto acknowledges what its rules deny: MQTT 3.1.1 has no other answer.
NO_COMMANDS = "topic read gbcs/v1/+/command"
NO_RESPONSES = "topic read gbcs/v1/+/response"


async def played(folder: Path, denied: str) -> Rehearsal:
    rules = folder / "rules"
    open_topics = [
        f"topic readwrite gbcs/v1/+/{each}"
        for each in ("command", "response", "alert", "status", "refusal")
        if each not in denied
    ]
    rules.write_text("\n".join((*open_topics, denied)) + "\n")
    broker = MosquittoBroker(
        require_tool("mosquitto"), folder, ("allow_anonymous true", f"acl_file {rules}")
    )
    await broker.start()
    try:
        target = f"mqtt://127.0.0.1:{broker.options.port}"
        story = until(SUPPLIER_STORY, "cells-before")
        return await rehearse(story, folder / "run", target=target, waits=QUICK)
    finally:
        await broker.die()


async def test_commands_that_the_broker_denies_are_no_failure_of_the_device(
    tmp_path: Path,
) -> None:
    run = await played(tmp_path, NO_COMMANDS)
    assert run.outcome is Outcome.ERROR
    assert "the command did not reach the device" in run.reasons()
    assert "refused" not in run.reasons()


async def test_responses_that_the_broker_denies_are_no_failure_of_the_device(
    tmp_path: Path,
) -> None:
    run = await played(tmp_path, NO_RESPONSES)
    assert run.outcome is Outcome.ERROR
    assert "the device answered, and the broker did not deliver it" in run.reasons()
