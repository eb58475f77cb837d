"""Who asks: tokens, cookies, silent refresh, ended sessions, writes from other sites, client addresses."""

import asyncio
import hmac
from types import ModuleType

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway import auth
from gateway.app import Application, assemble
from gateway.auth.addresses import client_address
from gateway.auth.tokens import KEY_PAUSE, TokenVerifier
from gateway.errors import InvalidToken
from gateway.settings import GatewaySettings
from services.common.encodings import b64u
from services.common.errors import Unavailable
from services.common.objects import LocalFolder
from services.identity import contract as identity
from tests.unit.gateway import fakes
from tests.unit.gateway.conftest import Client
from tests.unit.gateway.test_api import problem

ME = "/api/v1/me"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def cookies(**named: str) -> dict[str, str]:
    return {"Cookie": "; ".join(f"{name.replace('_', '-')}={value}" for name, value in named.items())}


def set_cookies(answer) -> str:
    return "\n".join(answer.headers.get_list("set-cookie"))


def test_a_good_token(guest, tokens):
    for _ in range(3):
        assert guest.get(ME, headers=bearer(tokens.token())).status_code == 200


def forged(tokens) -> list[str]:
    good = tokens.token()
    head, body, signature = good.split(".")
    claims = jwt.decode(good, options={"verify_signature": False})
    return [
        "",
        "x",
        "a.b.c",
        f"{head}.{body}.{b64u(bytes(32))}",
        f"{head}.{b64u(b'{}')}.{signature}",
        jwt.encode(claims, "s" * 32, algorithm="HS256", headers={"kid": tokens.key_id}),
        jwt.encode(claims, Ed25519PrivateKey.generate(), algorithm="EdDSA", headers={"kid": tokens.key_id}),
        jwt.encode(claims, "", algorithm="none", headers={"kid": tokens.key_id}),
        fakes.Tokens("unknown-key").token(),
        fakes.Tokens(tokens.key_id).token(),
        tokens.token(iss="somebody"),
        tokens.token(exp="soon"),
        tokens.token(sid=None),
        tokens.token(lives=-60),
        good + "x",
        "\xff" * 10,
    ]


@pytest.mark.parametrize("number", range(16))
def test_a_forged_or_expired_token(guest, tokens, number):
    token = forged(tokens)[number]
    answer = guest.get(ME, headers={"Authorization": b"Bearer " + token.encode("latin-1")})
    problem(answer, 401, "invalid_token")
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert guest.get("/api/v1/polls/poll-1", headers=bearer("bad")).status_code == 401, (
        "even where nobody must sign in"
    )


def test_another_scheme_is_no_token(guest):
    problem(guest.get(ME, headers={"Authorization": "Basic eDp5"}), 401, "invalid_token")


def test_a_new_key_is_found_and_made_up_ones_do_not_make_it_look_each_time():
    now, reads, keys = [1000.0], [], {"access-token-1": b"1" * 32}

    def read_keys() -> dict[str, bytes]:
        reads.append(now[0])
        return dict(keys)

    verifier = TokenVerifier(b"k" * 32, read_keys, lambda: now[0])
    newer = fakes.Tokens("access-token-2")
    for _ in range(20):
        with pytest.raises(InvalidToken):
            verifier.verify(fakes.Tokens("made-up").token())
    keys.update(newer.keys())
    with pytest.raises(InvalidToken):
        verifier.verify(newer.token())
    now[0] += KEY_PAUSE
    assert verifier.verify(newer.token()).person_id == "person-1"
    assert len(reads) == 2


def test_an_ended_session(guest, bus, tokens):
    token = tokens.token()
    assert guest.get(ME, headers=bearer(token)).status_code == 200
    bus.tell(identity.SESSION_ENDED, sid="session-1")
    problem(guest.get(ME, headers=bearer(token)), 401, "invalid_token")


def test_sessions_that_ended_while_nobody_listened(application, guest, bus, tokens):
    bus.on(identity.LIST_ENDED_SESSIONS, {"sids": ["session-1"]})
    guest.runner.run(application.state.sessions.load_ended())
    problem(guest.get(ME, headers=bearer(tokens.token())), 401, "invalid_token")


def test_signing_out(guest, bus, tokens):
    bus.on(identity.END_SESSION, lambda sid: None)
    token = tokens.token()
    assert guest.post("/api/v1/auth/sign-out", headers=bearer(token)).status_code == 204
    assert bus.last(identity.END_SESSION) == {"sid": "session-1"}
    problem(guest.get(ME, headers=bearer(token)), 401, "invalid_token")
    assert guest.post("/api/v1/auth/sign-out").status_code == 204


# --- cookies ---------------------------------------------------------------------------------------------------------------


def csrf_of(application: Application, tokens) -> str:
    verifier = application.state.sessions._verifier
    return verifier.verify(tokens.token()).csrf


def test_a_cookie_session_reads(guest, tokens):
    assert guest.get(ME, headers=cookies(mvoting=tokens.token())).status_code == 200


def test_a_cookie_session_writes_only_with_its_csrf_token(guest, application, bus, tokens):
    bus.on(identity.UPDATE_PERSON, fakes.person())
    named = cookies(mvoting=tokens.token())
    guest.get(ME, headers=named)
    right = csrf_of(application, tokens)
    for sent in ({}, {"X-CSRF-Token": "wrong"}, {"X-CSRF-Token": ""}):
        problem(guest("PATCH", ME, json={}, headers={**named, **sent}), 403, "csrf_failed")
    assert guest("PATCH", ME, json={}, headers={**named, "X-CSRF-Token": right}).status_code == 200
    other = tokens.token(sid="session-9")
    problem(
        guest("PATCH", ME, json={}, headers={**cookies(mvoting=other), "X-CSRF-Token": right}),
        403,
        "csrf_failed",
    )


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": "http://127.0.0.1:8080"}, True),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://127.0.0.1:8080", "Sec-Fetch-Site": "cross-site"}, False),
    ],
)
def test_writes_from_other_sites(guest, bus, headers, allowed):
    bus.on(identity.START_CHALLENGE, identity.InvalidPhone())
    answer = guest.post("/api/v1/auth/phone", json={"phone": "1"}, headers=headers)
    assert answer.status_code == (422 if allowed else 403)


def test_a_bearer_may_come_from_anywhere(guest, bus, tokens):
    bus.on(identity.UPDATE_PERSON, fakes.person())
    headers = {**bearer(tokens.token()), "Origin": "https://partner.example", "Sec-Fetch-Site": "cross-site"}
    assert guest("PATCH", ME, json={}, headers=headers).status_code == 200


def test_an_expired_cookie_is_renewed_without_a_word(guest, bus, tokens):
    bus.on(identity.REFRESH_SESSION, lambda refresh_token: fakes.session(tokens))
    answer = guest.get(ME, headers=cookies(mvoting=tokens.token(lives=-60), mvoting_refresh="refresh-1"))
    assert answer.status_code == 200
    assert "mvoting-refresh=refresh-2" in set_cookies(answer)
    assert all("HttpOnly" in each and "SameSite=lax" in each for each in set_cookies(answer).splitlines())


def test_many_requests_renew_once(guest, bus, tokens):
    bus.on(identity.REFRESH_SESSION, lambda refresh_token: fakes.session(tokens))
    headers = cookies(mvoting_refresh="refresh-1")

    async def together():
        return await asyncio.gather(*(guest.http.get(ME, headers=headers) for _ in range(20)))

    answers = guest.runner.run(together())
    assert {answer.status_code for answer in answers} == {200}
    assert guest.get(ME, headers=headers).status_code == 200
    assert bus.times(identity.REFRESH_SESSION) == 1


def test_a_session_that_is_over_loses_its_cookies(guest, bus, tokens):
    bus.on(identity.REFRESH_SESSION, identity.SessionEnded())
    answer = guest.get("/api/v1/polls/poll-1", headers=cookies(mvoting="forged", mvoting_refresh="old"))
    assert answer.status_code == 200
    assert set_cookies(answer).count("Max-Age=0") == 2


def test_a_renewal_that_fails_keeps_the_cookies_and_is_tried_again(guest, bus, tokens):
    headers = cookies(mvoting_refresh="refresh-1")
    bus.on(identity.REFRESH_SESSION, Unavailable())
    assert not set_cookies(guest.get("/api/v1/polls/poll-1", headers=headers))
    bus.on(identity.REFRESH_SESSION, lambda refresh_token: fakes.session(tokens))
    assert "refresh-2" in set_cookies(guest.get("/api/v1/polls/poll-1", headers=headers))


@pytest.mark.parametrize("environ", [{"MVOTING_PUBLIC_URL": "https://vote.example"}])
def test_https_cookies_belong_to_the_host(guest, bus, tokens):
    bus.on(identity.REFRESH_SESSION, lambda refresh_token: fakes.session(tokens))
    answer = guest.get(ME, headers={"Cookie": "__Host-mvoting-refresh=r"})
    for line in set_cookies(answer).splitlines():
        assert line.startswith("__Host-mvoting")
        assert "Secure" in line
        assert "Path=/" in line
        assert "Domain" not in line
    assert "max-age" in answer.headers["strict-transport-security"]


# --- forms of pages --------------------------------------------------------------------------------------------------------


@pytest.fixture
def with_pages(environ, bus, tmp_path, runner, tokens) -> Client:
    """A gateway with two pages: a form, and one that fails."""

    async def form(request: Request) -> Response:
        posted: FormData = await auth.read_form(request)
        return Response(str(posted.get("x")))

    async def broken(request: Request) -> Response:
        raise RuntimeError

    def error_page(request, status, code, params):
        return Response(f"page: {code} {request.state.language}", status, media_type="text/html")

    pages = ModuleType("pages")
    pages.routes = (Route("/form", form, methods=["POST"]), Route("/broken", broken))  # type: ignore[attr-defined]
    pages.error_page = error_page  # type: ignore[attr-defined]
    settings = GatewaySettings.load(environ)
    gateway = assemble(settings, bus, LocalFolder(tmp_path / "media"), b"k" * 32, tokens.keys)
    return Client(runner, Application(gateway, pages))


def test_a_form_carries_the_sessions_token(with_pages, tokens):
    named = cookies(mvoting=tokens.token())
    assert with_pages.post("/form", data={"x": "1"}).text == "1", "a guest has no token"
    refused = with_pages.post("/form", data={"x": "1"}, headers=named)
    assert (refused.status_code, refused.text) == (403, "page: csrf_failed ko")
    right = csrf_of(with_pages.application, tokens)
    assert with_pages.post("/form", data={"x": "1", "csrf_token": right}, headers=named).text == "1"
    cross = {**named, "Origin": "https://evil.example"}
    assert with_pages.post("/form", data={"x": "1", "csrf_token": right}, headers=cross).status_code == 403


def test_people_get_pages_and_programs_get_problems(with_pages):
    assert with_pages.get("/nothing").text == "page: not_found ko"
    assert with_pages.get("/broken").text == "page: internal ko"
    assert with_pages.get("/nothing", headers={"Cookie": "lang=en"}).text == "page: not_found en"
    problem(with_pages.get("/api/v1/nothing"), 404, "not_found")
    assert with_pages.get("/form").headers["allow"] == "POST"


# --- addresses -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "found"),
    [
        ("203.0.113.9", "198.51.100.1", "", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1", "10.0.0.0/8", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2", "10.0.0.0/8", "198.51.100.1"),
        ("10.0.0.1", "10.0.0.7", "10.0.0.0/8", "10.0.0.7"),
        ("10.0.0.1", "nonsense", "10.0.0.0/8", "10.0.0.1"),
        ("203.0.113.9", "6.6.6.6", "10.0.0.0/8", "203.0.113.9"),
        ("::ffff:203.0.113.9", None, "", "203.0.113.9"),
        (None, None, "", "unknown"),
    ],
)
def test_client_addresses(peer, forwarded, trusted, found):
    networks = GatewaySettings.load({"MVOTING_TRUSTED_PROXIES": trusted}).trusted_proxies
    assert client_address(peer, forwarded, networks or ()) == found


# --- the verifier itself ---------------------------------------------------------------------------------------------------


def accepted_by_pyjwt(token: str, tokens: fakes.Tokens) -> bool:
    try:
        head = jwt.get_unverified_header(token)
        if head.get("kid") != tokens.key_id:
            return False
        options = {"require": ["sub", "sid", "exp"], "verify_exp": False, "verify_iat": False}
        jwt.decode(token, tokens.key, ["HS256"], issuer=identity.ACCESS_ISSUER, options=options)
    except (jwt.PyJWTError, UnicodeEncodeError):
        return False
    return True


def accepted_here(token: str, tokens: fakes.Tokens) -> bool:
    verifier = TokenVerifier(b"k" * 32, tokens.keys)
    verifier.verify(tokens.token())
    try:
        verifier.verify(token)
    except InvalidToken:
        return False
    return True


KEYS = fakes.Tokens()


@given(st.data())
def test_changed_tokens_are_refused_as_pyjwt_does(data):
    good = KEYS.token()  # made now: a token does not live as long as a whole run of the tests may take
    where = data.draw(st.integers(0, len(good)))
    how = data.draw(st.sampled_from(["drop", "put", "swap", "part"]))
    letter = data.draw(st.sampled_from("AQgw_-.=+/ \né"))
    other = KEYS.token(sub="other").split(".")
    token = {
        "drop": good[:where] + good[where + 1 :],
        "put": good[:where] + letter + good[where:],
        "swap": good[:where] + letter + good[where + 1 :],
        "part": ".".join(data.draw(st.permutations([*good.split("."), *other]))[:3]),
    }[how]
    assert not accepted_here(token, KEYS) or accepted_by_pyjwt(token, KEYS)
    assert accepted_here(token, KEYS) == (token in (good, ".".join(other)))


@pytest.mark.parametrize(
    "header",
    [{"alg": "none"}, {"alg": "HS512"}, {"alg": "EdDSA"}, {"crit": ["b64"], "b64": False}, {"alg": None}],
)
def test_no_other_algorithm_even_with_a_good_signature(tokens, header):
    head = {"typ": "JWT", "alg": "HS256", "kid": tokens.key_id, **header}
    text = f"{b64u(orjson.dumps(head))}.{tokens.token().split('.')[1]}"
    assert not accepted_here(f"{text}.{mac(tokens.key, text)}", tokens)


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": 5},
        {"sub": ""},
        {"tag": None},
        {"exp": "1"},
        {"exp": True},
        {"roles": None},
        {"orgs": 1},
        {"iss": None},
    ],
)
def test_claims_that_identity_would_not_make(tokens, claims):
    usual = {
        "iss": identity.ACCESS_ISSUER,
        "sub": "p",
        "sid": "s",
        "tag": "t",
        "strength": "phone",
        "roles": [],
    }
    whole = {**usual, "orgs": {}, "iat": 0, "exp": 9_999_999_999, **claims}
    text = f"{good_head(tokens)}.{b64u(orjson.dumps(whole))}"
    assert not accepted_here(f"{text}.{mac(tokens.key, text)}", tokens)


def mac(key: bytes, text: str) -> str:
    return b64u(hmac.digest(key, text.encode(), "sha256"))


def good_head(tokens: fakes.Tokens) -> str:
    return tokens.token().split(".")[0]
