import asyncio
import json

import httpx
import pytest

from deploy.local.console import Unusable
from deploy.local.samples import client as module
from deploy.local.samples.client import Client, Refused


class Gateway:
    """A gateway of a few lines: signs everybody in, counts, and answers `/thing` as it is told."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.answers = list(answers)
        self.codes: dict[str, str] = {}
        self.confirmed: list[str] = []
        self.authorizations: list[str | None] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/api/v1/auth/phone":
            challenge = f"challenge-{len(self.codes)}"
            self.codes[challenge] = f"{len(self.codes):06}"
            return httpx.Response(202, json={"challenge_id": challenge})
        if path == "/dev/outbox":
            items = [{"challenge_id": name, "code": code} for name, code in self.codes.items()]
            return httpx.Response(200, json={"items": items})
        if path == "/api/v1/auth/phone/confirm":
            return self.confirm(json.loads(request.content))
        self.authorizations.append(request.headers.get("authorization"))
        return self.answers.pop(0)

    def confirm(self, body: dict[str, str]) -> httpx.Response:
        assert self.codes[body["challenge_id"]] == body["code"]
        self.confirmed.append(body["challenge_id"])
        name = len(self.confirmed)
        return httpx.Response(200, json={"access_token": f"token-{name}", "refresh_token": f"refresh-{name}"})


def run(gateway: Gateway, work):
    async def inside():
        client = Client("http://gateway")
        await client._http.aclose()
        client._http = httpx.AsyncClient(base_url="http://gateway", transport=httpx.MockTransport(gateway))
        try:
            return await work(client)
        finally:
            await client.close()

    return asyncio.run(inside())


def test_a_person_signs_in_once_with_the_code_of_the_own_challenge():
    gateway = Gateway(*(httpx.Response(200, json={}) for _ in range(3)))

    async def work(client):
        await asyncio.gather(*(client.get("/thing", "+821000000001") for _ in range(3)))

    run(gateway, work)
    assert gateway.confirmed == ["challenge-0"]
    assert gateway.authorizations == ["Bearer token-1"] * 3


def test_a_busy_gateway_is_asked_again():
    gateway = Gateway(
        httpx.Response(503, headers={"Retry-After": "0"}),
        httpx.Response(429, headers={"Retry-After": "0"}),
        httpx.Response(200, json={"done": True}),
    )
    assert run(gateway, lambda client: client.get("/thing")) == {"done": True}
    assert gateway.authorizations == [None] * 3


def test_a_gateway_that_stays_busy_is_given_up(monkeypatch):
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.0)
    with pytest.raises(Unusable, match="GET /thing"):
        run(Gateway(httpx.Response(503)), lambda client: client.get("/thing"))


def test_a_refusal_names_what_is_wrong_and_repeats_no_value():
    problem = {"code": "invalid_input", "errors": [{"pointer": "/title", "code": "length"}]}
    with pytest.raises(Refused, match="422 invalid_input /title length") as refused:
        run(Gateway(httpx.Response(422, json=problem)), lambda client: client.get("/thing"))
    assert refused.value.code == "invalid_input"


def test_an_answer_that_is_no_problem_document_is_a_refusal_too():
    with pytest.raises(Refused, match="404 unknown"):
        run(Gateway(httpx.Response(404, text="<html>")), lambda client: client.get("/thing"))
