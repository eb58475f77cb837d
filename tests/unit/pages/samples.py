"""Polls and answers of every kind, for showing."""

from typing import Any

from services.polls import contract as polls
from services.polls.contract.kinds import share
from tests.unit.gateway import fakes

PICTURE = f"/media/{'a' * 64}.webp"
CHOICE = {
    "id": "q1",
    "kind": "choice",
    "title": "일-생활 균형 지표로 중요한 것은?",
    "description": "가장 중요한 것을 고릅니다.",
    "required": True,
    "min": 1,
    "max": 1,
    "options": [
        {"id": "o1", "label": "근로시간", "description": "주당 시간", "group": "시간"},
        {"id": "o2", "label": "여가시간", "cost": 120_000_000, "group": "시간"},
        {"id": "o3", "label": "가사노동 <시간>", "image": PICTURE},
        {"id": "o4", "label": "주관적 평가"},
    ],
}
SEVERAL = {**CHOICE, "id": "q5", "required": False, "min": 0, "max": 3}
YES_NO = {"id": "q2", "kind": "yes_no", "title": "확대 부착할까요?", "required": True, "options": []}
SCORE = {
    "id": "q3",
    "kind": "score",
    "title": "만족도",
    "required": True,
    "min": 1,
    "max": 5,
    "options": [{"id": "o1", "label": "전체"}, {"id": "o2", "label": "화면", "description": "글자 크기"}],
}
WIDE_SCORE = {**SCORE, "id": "q6", "required": False, "min": 0, "max": 100}
TEXT = {"id": "q4", "kind": "text", "title": "바라는 점", "required": False, "options": []}
ALL_KINDS = [CHOICE, YES_NO, SCORE, TEXT, SEVERAL, WIDE_SCORE]
GUARDED = {"all": [{"rule": "roll"}, {"any": [{"rule": "password"}, {"rule": "everyone"}]}]}

_POLLS = {
    "open": {
        "notice": "마감 연장",
        "purpose": "지표를\n고릅니다.",
        "reference_url": "https://seoul.go.kr/",
        "image": PICTURE,
    },
    "simple": {"questions": [CHOICE]},
    "guarded": {"eligibility": GUARDED, "evidence": ["password"], "roll_size": 3, "questions": [CHOICE]},
    "draft": {"state": "draft", "definition_hash": None, "opens_at": None, "closes_at": None},
    "scheduled": {"state": "scheduled", "definition_hash": None, "roll_size": 12},
    "closed": {"state": "closed", "results": "after_publish"},
    "certified": {"state": "closed", "certified": True},
    "blocked": {"state": "closed", "certified": False, "results": "after_publish"},
    "published": {"state": "published", "certified": True, "roll_size": 500},
    "cancelled": {"state": "cancelled"},
}
POLLS = {
    name: fakes.poll(
        **{
            "id": name,
            "questions": ALL_KINDS,
            "closes_at": "2099-11-30T00:00:00Z",
            "opens_at": "2026-11-21T00:00:00Z",
        }
        | changed
    )
    for name, changed in _POLLS.items()
}
SUMMARY = ("id", "kind", "state", "title", "image", "organization", "opens_at", "closes_at", "results")


def poll(poll_id: str) -> dict[str, Any]:
    if poll_id not in POLLS:
        raise polls.PollNotFound
    return POLLS[poll_id]


def poll_list() -> dict[str, Any]:
    items = [
        {**{name: p[name] for name in SUMMARY}, "question_count": len(p["questions"])} for p in POLLS.values()
    ]
    return {"items": items, "next": "cursor"}


COUNTS = (68, 84, 14, 119)
VOTERS = sum(COUNTS)


def results(poll_id: str) -> dict[str, Any]:
    known = {"poll_id": poll_id, "results": POLLS[poll_id]["results"]}
    if POLLS[poll_id]["results"] == "after_publish":
        return {**known, "state": "embargoed", "questions": []}
    shown = {**known, "state": "live", "questions": counted(), "voters": VOTERS, "as_of": VOTERS}
    if poll_id != "published":
        return shown
    return shown | {
        "state": "final",
        "turnout": {"roll": 500, "share": share(VOTERS, 500)},
        "definition_hash": "0" * 64,
        "counted_at": "2026-12-01T00:00:00Z",
        "signature": {"key_id": "tally-result-1", "value": "s" * 86},
    }


def counted() -> list[dict[str, Any]]:
    options = [{"id": f"o{n}", "count": c, "share": share(c, VOTERS)} for n, c in enumerate(COUNTS, 1)]
    votes = [
        {"id": name, "count": c, "share": share(c, 285)}
        for name, c in (("yes", 200), ("no", 84), ("abstain", 1))
    ]
    spread = {"count": 10, "share": "66.67", "mean": "3.33", "distribution": [0, 1, 1, 0, 1]}
    scores = [{"id": name, **spread} for name in ("o1", "o2")]
    return [
        {"id": "q1", "kind": "choice", "answered": VOTERS, "options": options},
        {"id": "q2", "kind": "yes_no", "answered": VOTERS, "options": votes},
        {"id": "q3", "kind": "score", "answered": 3, "lowest": 1, "highest": 5, "options": scores},
        {"id": "q4", "kind": "text", "answered": 1, "options": []},
    ]


ORGANIZATIONS = {
    "items": [
        {"id": "seoul", "name_ko": "서울특별시", "name_en": "Seoul"},
        {"id": "gangnam", "name_ko": "강남구", "name_en": "Gangnam-gu"},
    ]
}
MEMBERS = {"items": [{"person_id": "person-2", "role": "operator", "phone_hint": "1234"}]}
CHANGES = {
    "items": [
        {"number": n, "at": "2026-11-21T00:00:00Z", "what": what, "old": old, "new": new, "reason": None}
        for n, (what, old, new) in enumerate(
            [
                ("opened", None, {"definition_hash": "0" * 64, "closes_at": "2026-11-30T00:00:00Z"}),
                ("closes_at", "2026-11-30T00:00:00Z", "2026-12-02T09:00:00Z"),
                ("notice", "", "마감 연장"),
                ("certified", None, True),
                ("cancelled", "open", None),
                ("dead_letter_discarded", None, {"count": 2}),
                ("opening_failed", None, [{"pointer": "/closes_at", "code": "required", "params": {}}]),
            ],
            1,
        )
    ]
}
LETTER = {
    "id": "A" * 22,
    "queue": "ballots.cast",
    "reason": "failed",
    "error_type": "ValueError",
    "request_id": "request-1",
    "attempts": 3,
    "bytes": 1234,
    "items": 2,
    "died_at": "2026-11-21T00:00:00Z",
    "about": {"open": 2},
    "discarding": False,
}
DISCARDED = {
    "id": "C" * 22,
    "queue": "ballots.cast",
    "about": {"open": 1},
    "reason": "손상된 메시지",
    "discarded_at": "2026-11-21T01:00:00Z",
}


def dead_letters(contract: Any) -> dict[str, Any]:
    """What each service says: ballots has some, tally's are in somebody's hand."""
    if contract.SERVICE == "tally":
        return {
            "queues": [{"queue": "tally.on.x", "count": 0, "busy": True}],
            "items": [],
            "discarded": [],
        }
    if contract.SERVICE != "ballots":
        return {"queues": [], "items": [], "discarded": []}
    unread = {"id": "B" * 22, "reason": "undecodable", "items": None, "about": {}, "died_at": None}
    return {
        "queues": [
            {"queue": "ballots.cast", "count": 2, "busy": False},
            {"queue": "ballots.on.y", "count": 0, "busy": False},
        ],
        "items": [LETTER, {**LETTER, **unread, "discarding": True, "request_id": None}],
        "discarded": [DISCARDED],
    }


def sealing(**changed: Any) -> dict[str, Any]:
    """How the end of a log stands that nothing keeps from coming."""
    usual = {"sealed": False, "dead_letters": 0, "witnesses": {"needed": 0, "agreed": []}, "refused": None}
    return {**usual, **changed}


ROLL = fakes.roll(
    accepted=3,
    rows=6,
    duplicates=1,
    duplicate_lines=[{"line": 5, "first_line": 2}],
    rejected_count=2,
    rejected=[{"line": 3, "reason": "phone"}, {"line": 4, "reason": "empty"}],
)
OUTBOX = {
    "items": [
        {
            "id": "m1",
            "at": "2026-11-22T00:00:00Z",
            "channel": "outbox",
            "to": "+821012345678",
            "kind": "code",
            "subject": None,
            "text": "인증번호 482913",
            "code": "482913",
            "challenge_id": "c1",
        }
    ]
}
