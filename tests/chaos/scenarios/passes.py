"""Somebody on the bus sends ballots with passes that are not theirs to use."""

import asyncio
import json
from pathlib import Path
from typing import Any

from services.ballots import contract as ballots
from services.common.bus.aio import AsyncBus, Pending
from services.common.encodings import b64u, canonical_json, unb64u
from services.common.errors import DomainError
from services.common.ids import new_id
from services.polls import contract as polls
from tests.chaos.ground import Broken
from tests.chaos.journal import Journal
from tests.chaos.scenario import Run

SHOWS = "passes that are replayed, altered or of another poll, sent straight to the queue, cast nothing"
SECONDS = 10.0
RECORDED = "recorded"


def run(asked: Run) -> str:
    ground = asked.ground
    other = ground.open_poll()
    with ground.voting() as voting:
        wrong = asyncio.run(Attack(asked, voting.journal, voting.poll, other).run())
    if wrong:
        raise Broken("; ".join(sorted(wrong)))
    verdict = voting.verdict()
    ground.close_poll(other)
    if ground.record(other).size:
        raise Broken("a ballot is in the poll whose passes were abused")
    return str(verdict)


class Attack:
    """A client of the bus beside the gateways. Its one honest ballot a turn is in the journal like everybody's."""

    def __init__(self, asked: Run, journal: Path, poll: str, other: str) -> None:
        self._asked, self._journal_path = asked, journal
        self._poll, self._other = poll, other
        self._bus = AsyncBus(asked.ground.stack.amqp_uri, "chaos", (polls.ISSUE_PASSES, ballots.CAST))

    async def run(self) -> set[str]:
        """Every answer that was another than it should be."""
        journal = Journal(self._journal_path)
        await self._bus.start()
        try:
            await self._bus.wait_ready(10)
            found = [said for _ in self._asked.turns(3) for said in await self._turn(journal)]
        finally:
            await self._bus.close()
            journal.close()
        return {f"{name}: {said} instead of {wanted}" for name, said, wanted in found if said != wanted}

    async def _turn(self, journal: Journal) -> list[tuple[str, str, str]]:
        tag, stranger = new_id() + new_id(), new_id() + new_id()
        mine = await self._pass(self._poll, tag)
        elsewhere = await self._pass(self._other, tag)
        strangers = await self._pass(self._poll, stranger)
        ballot_id = new_id()
        await journal.write({"what": "cast", "voter": tag, "ballot_id": ballot_id, "answers": {"q1": ["a"]}})
        said = [
            ("wrong poll", await self._cast(new_id(), elsewhere), "invalid_pass"),
            ("altered pseudonym", await self._cast(new_id(), altered(mine)), "invalid_pass"),
            ("another's signature", await self._cast(new_id(), mixed(mine, elsewhere)), "invalid_pass"),
            ("no pass", await self._cast(new_id(), "x"), "invalid_pass"),
            ("genuine", await self._cast(ballot_id, mine), RECORDED),
            ("replayed for another ballot", await self._cast(new_id(), mine, "b"), "already_voted"),
            ("sent again, altered", await self._cast(ballot_id, mine, "b"), RECORDED),
            ("a stranger with its number", await self._cast(ballot_id, strangers, "b"), "ballot_id_taken"),
        ]
        await journal.write({"what": "answer", "ballot_id": ballot_id, "status": 201})
        return said

    async def _pass(self, poll: str, tag: str) -> str:
        request = {"poll_id": poll, "tag": tag, "strength": "phone", "evidence": {}, "channel": "api"}
        answer = await self._bus.submit(polls.ISSUE_PASSES, request)
        assert isinstance(answer, dict)
        return str(answer["ballot_pass"])

    async def _cast(self, ballot_id: str, ballot_pass: str, option: str = "a") -> str:
        item: dict[str, Any] = {"poll_id": self._poll, "ballot_id": ballot_id, "answers": {"q1": [option]}}
        try:
            answer = await self._bus.submit(ballots.CAST, {**item, "ballot_pass": ballot_pass})
        except DomainError as error:
            return error.code
        return "pending" if isinstance(answer, Pending) else RECORDED


def altered(ballot_pass: str) -> str:
    """For another pseudonym, the rest as it was."""
    payload, *rest = ballot_pass.split(".")
    content = json.loads(unb64u(payload))
    content["pseudonym"] = b64u(b"\x01" * len(unb64u(content["pseudonym"])))
    return ".".join([b64u(canonical_json(content)), *rest])


def mixed(ballot_pass: str, other: str) -> str:
    """With the signature of another pass."""
    return ".".join([*ballot_pass.split(".")[:-1], other.rsplit(".", maxsplit=1)[-1]])
