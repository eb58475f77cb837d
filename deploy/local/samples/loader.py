"""Brings a stack to the state where it has all samples, from whatever state it is in."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from deploy.local.console import Unusable
from deploy.local.samples.accounts import OPERATOR, OPERATORS, ORGANIZATIONS, profile, voter
from deploy.local.samples.client import Client, Refused
from deploy.local.samples.definitions import Answers, Sample
from services.common.encodings import b64u

POLLS = "/api/v1/polls"
CERTIFIED_SECONDS = 90.0
RECORDED_SECONDS = 30.0
SEEN_SECONDS = 15.0
STEP = 50
WITNESSES = 2
"""How many must confirm the end of a sample poll's record, where there are as many."""

Show = Callable[[str], None]


class Loader:
    """Every step looks first whether it is done, so that a run can be repeated and an interrupted one finished."""

    def __init__(self, client: Client, admin: str, show: Show) -> None:
        self._client = client
        self._admin = admin
        self._show = show

    async def load(self, samples: list[Sample]) -> None:
        """All organisations, operators and polls. Raises Refused and Unusable."""
        await self._organizations()
        for sample in samples:
            await self._load(sample)

    # --- who ---------------------------------------------------------------------------------------------------------------

    async def _organizations(self) -> None:
        """Raises Unusable when the administrator is none."""
        me = await self._client.get("/api/v1/me", self._admin)
        if "admin" not in me["roles"]:
            raise Unusable(
                "The samples need an administrator: run 'python -m services.identity create-admin --phone "
                f"{self._admin}', or name another one in MVOTING_ADMIN_PHONE."
            )
        known = {each["id"] for each in (await self._client.get("/api/v1/organizations"))["items"]}
        for name, body in ORGANIZATIONS.items():
            if name not in known:
                await self._client.send("POST", "/api/v1/organizations", self._admin, json=body)
        for name, phone in OPERATORS:
            member = {"phone": phone, "role": "operator"}
            await self._client.send("PUT", f"/api/v1/organizations/{name}/members", self._admin, json=member)

    # --- one poll ------------------------------------------------------------------------------------------------------------

    async def _load(self, sample: Sample) -> None:
        poll = await self._poll(sample)
        state, before = poll["state"], poll["state"]
        if state == "draft":
            await self._draw(sample, poll)
            state = await self._move(poll["id"], "open")
        if state == "open":
            await self._cast_all(sample, poll["id"], resumed=before == "open")
        if state == "open" and sample.published:
            state = await self._move(poll["id"], "close")
        if state == "closed" and sample.published:
            state = await self._publish(poll["id"])
        if state == "published":
            await self._check(sample, poll["id"])
        self._show(f"  {sample.title}: {state}")

    async def _poll(self, sample: Sample) -> Mapping[str, Any]:
        """The poll as it is, made if there is none with this title."""
        query = {"organization": sample.organization, "mine": "true", "limit": 100}
        cursor: dict[str, str] = {}
        while True:
            page = await self._client.get(POLLS, OPERATOR, **query, **cursor)
            for item in page["items"]:
                if item["title"] == sample.title:
                    found: dict[str, Any] = await self._client.get(f"{POLLS}/{item['id']}", OPERATOR)
                    return found
            if not page["next"]:
                return await self._create(sample)
            cursor = {"cursor": page["next"]}

    async def _create(self, sample: Sample) -> Mapping[str, Any]:
        key = {"Idempotency-Key": f"sample-{hashlib.sha256(sample.title.encode()).hexdigest()[:16]}"}
        there = (await self._client.get("/api/v1/keys"))["witnesses"]
        body = {**sample.body(datetime.now(UTC)), "witnesses": min(WITNESSES, len(there))}
        poll: dict[str, Any] = await self._client.send("POST", POLLS, OPERATOR, json=body, headers=key)
        return poll

    async def _draw(self, sample: Sample, poll: Mapping[str, Any]) -> None:
        drawn = {
            option["id"]
            for question in poll["questions"]
            for option in question["options"]
            if option.get("image")
        }
        drawn |= {"poll"} if poll["image"] else set()
        for target, draw in sample.pictures.items():
            if target not in drawn:
                upload = {"file": (f"{target}.png", draw(), "image/png")}
                path = f"{POLLS}/{poll['id']}/images"
                await self._client.send("POST", path, OPERATOR, files=upload, data={"target": target})

    async def _move(self, poll_id: str, how: str) -> str:
        """The state it has come to; a step that was done already, its answer lost, is no mistake."""
        try:
            poll = await self._client.send("POST", f"{POLLS}/{poll_id}/{how}", OPERATOR)
        except Refused as error:
            if error.code != "wrong_state":
                raise
            poll = await self._client.get(f"{POLLS}/{poll_id}", OPERATOR)
        return str(poll["state"])

    async def _publish(self, poll_id: str) -> str:
        """Waits until the recount has certified the result. Raises Unusable when it does not."""
        async with asyncio.timeout(CERTIFIED_SECONDS):
            while True:
                try:
                    return await self._move(poll_id, "publish")
                except Refused as error:
                    if error.code != "not_certified":
                        raise
                await asyncio.sleep(0.3)

    async def _check(self, sample: Sample, poll_id: str) -> None:
        """The published counts are those of the ballots. Raises Unusable when they are not."""
        results = await self._final(poll_id)
        counts = {
            question["id"]: {option["id"]: option["count"] for option in question["options"]}
            for question in results["questions"]
        }
        if counts != {name: dict(options) for name, options in sample.expected.items()}:
            raise Unusable(f"The published result of a sample poll ({poll_id}) is not what was cast.")

    async def _final(self, poll_id: str) -> Mapping[str, Any]:
        """The final result; a gateway may need a moment to hear that it may be seen."""
        async with asyncio.timeout(SEEN_SECONDS):
            while True:
                results: dict[str, Any] = await self._client.get(f"{POLLS}/{poll_id}/results")
                if results["state"] == "final":
                    return results
                await asyncio.sleep(0.3)

    # --- ballots ---------------------------------------------------------------------------------------------------------------

    async def _cast_all(self, sample: Sample, poll_id: str, *, resumed: bool) -> None:
        """Every ballot, by a voter each; what an interrupted run has cast stays as it is."""
        self._show(f"  {sample.title}: {len(sample.ballots)} voters")
        done = 0
        async with asyncio.TaskGroup() as group:
            casting = [
                group.create_task(self._vote(sample, poll_id, number, answers, resumed=resumed))
                for number, answers in enumerate(sample.ballots)
            ]
            for each in casting:
                await each
                done += 1
                if done % STEP == 0:
                    self._show(f"    {done} of {len(casting)} ballots")

    async def _vote(
        self, sample: Sample, poll_id: str, number: int, answers: Answers, *, resumed: bool
    ) -> None:
        """Where the result is broken down, a voter who tells something of themselves does so before."""
        told = profile(number) if sample.draft.get("breakdown") else {}
        if told:
            await self._client.send("PATCH", "/api/v1/me", voter(number), json={"member": True})
            consent = {**told, "consent": True}
            await self._client.send("PUT", "/api/v1/me/profile", voter(number), json=consent)
            await self._client.renew(voter(number))
        await self._cast(poll_id, voter(number), answers, resumed=resumed)

    async def _cast(self, poll_id: str, phone: str, answers: Answers, *, resumed: bool) -> None:
        ballot_id = ballot_of(poll_id, phone)
        path = f"{POLLS}/{poll_id}/ballots"
        if resumed and (await self._client.get(f"{path}/{ballot_id}"))["status"] == "recorded":
            return
        ballot = {"ballot_id": ballot_id, "answers": answers}
        receipt = await self._client.send("POST", path, phone, json=ballot)
        if "status_url" in receipt:
            await self._recorded(f"{path}/{ballot_id}")

    async def _recorded(self, path: str) -> None:
        async with asyncio.timeout(RECORDED_SECONDS):
            while True:
                if (await self._client.get(path))["status"] == "recorded":
                    return
                await asyncio.sleep(0.3)


def ballot_of(poll_id: str, phone: str) -> str:
    """The ballot's id, the same in every run, so that nobody's ballot is cast twice."""
    return b64u(hashlib.sha256(f"{poll_id}:{phone}".encode()).digest()[:16])
