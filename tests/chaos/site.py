"""A running platform as an operator and its voters see it: a url, and the folder of keys that tokens are made with."""

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt

from benchmarks.voters import HOUR
from services.common.crypto import KeyFolder
from services.common.ids import new_id
from services.identity import contract as identity
from services.polls.contract.breakdown import DIMENSIONS
from tests.chaos.load import OPTIONS, Ballot, ballots

ORGANIZATION = "chaos"
QUESTION = {
    "id": "q1",
    "kind": "choice",
    "title": "고장이 나도 남는 것은?",
    "options": [{"id": name, "label": name} for name in OPTIONS],
}


class Site:
    """`keys` is the stack's key folder: tokens made with it are like those of people who signed in."""

    def __init__(self, url: str, keys: Path) -> None:
        self.url, self.keys = url, keys

    def operator(self) -> httpx.Client:
        """An operator whose token is made with the stack's key: identity may be down, and tokens end."""
        headers = {"Authorization": f"Bearer {self.token(orgs={ORGANIZATION: 'operator'})}"}
        return httpx.Client(base_url=f"{self.url}/api/v1", headers=headers, timeout=20)

    def token(self, orgs: Mapping[str, str] | None = None) -> str:
        key_id, key = KeyFolder(self.keys, identity.ACCESS_KEYS).mac_key(identity.ACCESS_KEY_USE)
        now = int(time.time())
        claims = {
            "iss": identity.ACCESS_ISSUER,
            "sub": new_id(),
            "sid": new_id(),
            "tag": new_id() + new_id(),
            "strength": "phone",
            "roles": [],
            "orgs": dict(orgs or {}),
            "iat": now,
            "exp": now + HOUR,
        }
        return jwt.encode(claims, key, algorithm=identity.ACCESS_ALGORITHM, headers={"kid": key_id})

    def ballots(self, seed: int) -> Iterator[Ballot]:
        """Voters for ever, their choices from the seed."""
        return ballots(self.keys, seed)

    def open_poll(self, **draft: Any) -> str:
        """A new open poll; its id."""
        closes = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        whole = {"title": "고장 시험", "organization": ORGANIZATION, "closes_at": closes, "results": "live"}
        with self.operator() as http:
            declared = {"questions": [QUESTION], "breakdown": {"by": list(DIMENSIONS)}}
            made = http.post("/polls", json={**whole, **declared, **draft})
            made.raise_for_status()
            poll = str(made.json()["id"])
            http.post(f"/polls/{poll}/open").raise_for_status()
        return poll

    def close_poll(self, poll: str) -> None:
        with self.operator() as http:
            http.post(f"/polls/{poll}/close").raise_for_status()

    def results(self, poll: str) -> dict[str, Any]:
        """What the gateway publishes now."""
        with self.operator() as http:
            try:
                found = http.get(f"/polls/{poll}/results")
            except httpx.HTTPError:
                return {"state": "without an answer"}
            return dict(found.json()) if found.status_code == 200 else {"state": f"HTTP {found.status_code}"}

    def is_final(self, poll: str) -> bool:
        return bool(self.results(poll)["state"] == "final")
