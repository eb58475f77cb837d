"""What the benchmark does through the gateway as an operator would: sign in, make a poll, open it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

QUESTION = {
    "id": "q1",
    "kind": "choice",
    "title": "일-생활 균형 지표로 중요한 것은?",
    "options": [{"id": name, "label": name} for name in ("a", "b", "c", "d")],
}
ANSWERS = '{"q1":["b"]}'


class Client:
    """One signed-in person at one gateway."""

    def __init__(self, url: str, phone: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=30)
        challenge = self._post("/api/v1/auth/phone", {"phone": phone})
        code = self._code(phone, challenge["challenge_id"])
        session = self._post(
            "/api/v1/auth/phone/confirm", {"challenge_id": challenge["challenge_id"], "code": code}
        )
        self.http.headers["Authorization"] = f"Bearer {session['access_token']}"

    def _post(self, path: str, body: Any = None) -> Any:
        return self._checked(self.http.post(path, json=body))

    @staticmethod
    def _checked(response: httpx.Response) -> Any:
        response.raise_for_status()
        return response.json()

    def _code(self, phone: str, challenge_id: str) -> str:
        deadline = datetime.now(UTC) + timedelta(seconds=15)
        while datetime.now(UTC) < deadline:
            for message in self._checked(self.http.get("/dev/outbox", params={"to": phone}))["items"]:
                if message["challenge_id"] == challenge_id:
                    return str(message["code"])
        raise TimeoutError("no sign-in code within 15 s")

    def open_poll(self, organization: str, by: Sequence[str] = ()) -> str:
        """A new open poll of one question, whose result is broken down `by` these dimensions; its id."""
        closes = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        draft = {
            "title": "측정용 투표",
            "organization": organization,
            "closes_at": closes,
            "results": "live",
            "questions": [QUESTION],
            "breakdown": {"by": list(by)} if by else None,
        }
        poll = self._post("/api/v1/polls", draft)
        self._checked(self.http.post(f"/api/v1/polls/{poll['id']}/open"))
        return str(poll["id"])

    def make_organization(self, organization: str) -> None:
        self._post("/api/v1/organizations", {"id": organization, "name_ko": "측정", "name_en": "Benchmark"})

    def close_poll(self, poll_id: str) -> None:
        self._checked(self.http.post(f"/api/v1/polls/{poll_id}/close"))

    def results(self, poll_id: str) -> dict[str, Any]:
        """What everybody may see of them by now."""
        found: dict[str, Any] = self._checked(self.http.get(f"/api/v1/polls/{poll_id}/results"))
        return found

    def voters(self, poll_id: str) -> int:
        """How many ballots are counted by now."""
        return int(self.results(poll_id).get("voters", 0))
