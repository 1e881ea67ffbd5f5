"""Questions of many devices to the engine's process, gathered: one message costs little more.

While the process works on some, the devices whose answers are there go on. Which questions go
together, and who goes on first, depends on nothing but the order in which they were asked: no
clock is looked at, and an answer is taken when it is its turn, not when it has come. So a drill
that is played again leaves its rows in the same order.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from firmware_sim.hw.engine.errors import EngineCrashError
from firmware_sim.hw.engine.hosting import EngineProcess
from firmware_sim.hw.engine.serving import EngineQuestion

TOGETHER: Final = 16
"""Half of the devices that a drill works with at a time: the other half goes on meanwhile."""

_Waiting = tuple[EngineQuestion, asyncio.Future[Any]]


class Gathering:
    """Takes questions from the tasks of one event loop."""

    def __init__(self, engine: EngineProcess) -> None:
        self._engine = engine
        self._waiting: list[_Waiting] = []
        self._sent: list[_Waiting] = []
        self._asked = 0
        self._looks = False

    async def ask(self, question: EngineQuestion) -> Any:
        """Put a question; its answer, or what it raised.

        Raises:
            EngineCrashError: the process has ended, or does not answer and was ended.
        """
        loop = asyncio.get_running_loop()
        answer = loop.create_future()
        self._waiting.append((question, answer))
        self._asked += 1
        if len(self._waiting) == TOGETHER:
            self._exchange()
        if not self._looks:
            self._looks = True
            loop.call_soon(self._look, self._asked)
        return await answer

    def _look(self, asked: int) -> None:
        """Once in each turn of the loop: when nobody asked in it, all wait for an answer."""
        if asked == self._asked:
            self._exchange()
        self._looks = bool(self._waiting or self._sent)
        if self._looks:
            asyncio.get_running_loop().call_soon(self._look, self._asked)

    def _exchange(self) -> None:
        """Take the answers to what was sent, and send what waits."""
        answered, self._sent, self._waiting = self._sent, self._waiting, []
        try:
            if answered:
                _answer(answered, self._engine.answers())
            if self._sent:
                self._engine.send([question for question, _ in self._sent])
        except EngineCrashError as error:
            _answer(answered, [error] * len(answered))
            _answer(self._sent, [error] * len(self._sent))
            self._sent = []


def _answer(asked: Sequence[_Waiting], answers: Sequence[Any]) -> None:
    for (_, waiting), answer in zip(asked, answers, strict=True):
        if waiting.done():  # nobody waits any more
            continue
        if isinstance(answer, Exception):
            waiting.set_exception(answer)
        else:
            waiting.set_result(answer)
