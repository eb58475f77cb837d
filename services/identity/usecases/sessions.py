"""Sessions: a short-lived signed access token, and a refresh token that changes with each use."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from prometheus_client import Counter

from services.common.ids import new_id
from services.identity import contract
from services.identity.contract import SessionEnded
from services.identity.domain import STRENGTH_PHONE, Person, RefreshToken, Session, Standing
from services.identity.keys import new_refresh_token, token_hash
from services.identity.storage import Work
from services.identity.usecases.context import Context, Tell, id_or_nothing
from services.identity.usecases.people import person_answer
from services.identity.usecases.profiles import coarse_profile

SESSIONS_STARTED = Counter("sessions_started_total", "Sessions started by signing in")
SESSIONS_REPLAYED = Counter(
    "sessions_replayed_total", "Sessions ended because an old refresh token came again"
)


def open_session(ctx: Context, work: Work, person: Person) -> dict[str, Any]:
    """A new session of this person, in the caller's transaction; the caller counts it once it is committed."""
    session = Session(
        id=new_id(),
        person_id=person.id,
        strength=STRENGTH_PHONE,
        created_at=work.now,
        expires_at=work.now + ctx.policy.session_lifetime(member=person.member),
    )
    token = new_refresh_token()
    work.sessions.add(session)
    work.sessions.add_token(token_hash(token), session.id)
    return _session_answer(ctx, work, session, person, token)


def refresh_session(ctx: Context, tell: Tell, refresh_token: str) -> dict[str, Any]:
    """New tokens, with the roles of this moment. Raises `SessionEnded`.

    The same token again within the grace gives the same next token, so that two requests at once, or one repeated
    because its answer was lost, do not sign anybody out. Later it is a stolen one: then the session ends.
    """
    with ctx.store.write() as work:
        token = work.sessions.use_token(token_hash(refresh_token), work.now)
        if token is None:
            raise SessionEnded
        session = _session_of(ctx, work, token)
        if session is not None:
            return _renew(ctx, work, session, ctx.keys.successor(refresh_token))
    SESSIONS_REPLAYED.inc()
    tell(contract.SESSION_ENDED, {"sid": token.session_id})
    raise SessionEnded


def end_session(ctx: Context, tell: Tell, sid: str) -> None:
    """Signs out, at all gateways at once. Idempotent; an unknown session is no error."""
    with ctx.store.write() as work:
        known = work.sessions.end(id_or_nothing(sid), work.now)
        work.commit()
    if known:
        tell(contract.SESSION_ENDED, {"sid": sid})


def list_ended_sessions(ctx: Context) -> dict[str, Any]:
    """Sessions whose access tokens may still be unexpired."""
    with ctx.store.read() as view:
        return {"sids": view.sessions.ended_since(view.now - ctx.policy.access_lifetime)}


def _session_of(ctx: Context, work: Work, token: RefreshToken) -> Session | None:
    """The token's running session, or nothing after ending it because of a replay. Raises `SessionEnded`."""
    session = work.sessions.get(token.session_id)
    if session is None or session.is_over(work.now):
        raise SessionEnded
    if token.is_replay(work.now, ctx.policy.refresh_grace):
        work.sessions.end(session.id, work.now)
        work.commit()
        return None
    return session


def _renew(ctx: Context, work: Work, session: Session, token: str) -> dict[str, Any]:
    person = work.people.get(session.person_id)
    if person is None:
        raise SessionEnded
    session = _extended(ctx, work, session, person)
    work.sessions.add_token(token_hash(token), session.id)
    answer = _session_answer(ctx, work, session, person, token)
    work.commit()
    return answer


def _extended(ctx: Context, work: Work, session: Session, person: Person) -> Session:
    """A guest who has become a member stays signed in as long as a member."""
    expires_at = session.created_at + ctx.policy.session_lifetime(member=person.member)
    if expires_at <= session.expires_at:
        return session
    work.sessions.set_expiry(session.id, expires_at)
    return replace(session, expires_at=expires_at)


def _session_answer(ctx: Context, work: Work, session: Session, person: Person, token: str) -> dict[str, Any]:
    standing, now = work.people.standing(person), work.now
    expires_at = min(now + ctx.policy.access_lifetime, session.expires_at)
    claims = _claims(ctx, session, standing, now, expires_at)
    profile = coarse_profile(ctx, work, person.id)
    return {
        "access_token": ctx.keys.access_token({**claims, "profile": profile} if profile else claims),
        "expires_at": expires_at,
        "refresh_token": token,
        "refresh_expires_at": session.expires_at,
        "person": person_answer(standing),
    }


def _claims(
    ctx: Context, session: Session, standing: Standing, now: datetime, expires_at: datetime
) -> dict[str, Any]:
    phone = ctx.keys.open_phone(standing.person.phone_sealed, standing.person.id)
    return {
        "iss": contract.ACCESS_ISSUER,
        "sub": standing.person.id,
        "sid": session.id,
        "tag": ctx.keys.tag_of(phone),
        "strength": session.strength,
        "roles": list(standing.roles),
        "orgs": dict(standing.orgs),
        "iat": int(now.timestamp()),
        "exp": int(expires_at.timestamp()),
    }
