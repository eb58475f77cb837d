"""Polls counted by the rules themselves, for showing their results: every rule, every kind, groups of voters."""

import random
from collections.abc import Iterable
from typing import Any

from services.polls.contract.kinds import kinds
from services.tally.contract import rules
from services.tally.contract.counting.ties import Context
from tests.unit.gateway import fakes

SEED = bytes(range(32))
NAMES = (
    "마포 문화비축기지 야간 개방",
    "따릉이 대여소 늘리기",
    "동네 책방 지원",
    "한강 수영장 연장 운영",
    "골목길 조명 바꾸기",
)
PROJECTS = (
    ("어린이 보호구역 노란 횡단보도와 안전 울타리 설치", 420_000_000, "교통"),
    ("경로당 냉난방기 교체", 180_000_000, "복지"),
    ("홍제천 산책로 미끄럼 방지 포장", 260_000_000, "환경"),
    ("청년 마음건강 상담소 운영", 150_000_000, "복지"),
    ("도서관 야간 개관", 90_000_000, "문화"),
    ("전통시장 공동 배송 자전거", 120_000_000, "경제"),
    ("반려동물 놀이터 조성", 310_000_000, "환경"),
    ("작은 음악회 <매주 금요일>", 40_000_000, "문화"),
)


def options(names: Iterable[str]) -> list[dict[str, Any]]:
    return [{"id": f"o{n}", "label": name} for n, name in enumerate(names, 1)]


def priced() -> list[dict[str, Any]]:
    return [
        {"id": f"p{n}", "label": label, "cost": cost, "group": group}
        for n, (label, cost, group) in enumerate(PROJECTS, 1)
    ]


def question(kind: str, title: str, **more: Any) -> dict[str, Any]:
    return {"id": "q1", "kind": kind, "title": title, "required": True, "options": [], **more}


RUNOFF = question(
    "ranking",
    "우리 동네에 가장 먼저 할 일은?",
    options=options(NAMES),
    counting={"rule": "instant_runoff", "ties": "draw"},
)
NONE = {"id": "none", "label": "없음", "exclusive": True}
SCHULZE = {**RUNOFF, "options": [*RUNOFF["options"], NONE], "counting": {"rule": "schulze", "winners": 2}}
BORDA = {**RUNOFF, "counting": {"rule": "borda"}}
BUDGET = question(
    "knapsack",
    "10억원으로 할 사업",
    options=priced(),
    budget=1_000_000_000,
    counting={"rule": "greedy", "budget": 1_000_000_000, "threshold": {"votes": 30}},
)
SHARES = {**BUDGET, "counting": {"rule": "equal_shares", "budget": 1_000_000_000}}
COMPOSITE = question(
    "choice",
    "시민공감상",
    options=options(NAMES),
    max=2,
    counting={
        "rule": "composite",
        "sources": [
            {"name": "ballots", "weight": "50%"},
            {"name": "심사위원회", "weight": "40%"},
            {"name": "설문", "weight": "10%"},
        ],
    },
)
POINTS = question(
    "cumulative", "점수 나누어 주기", options=options(NAMES[:3]), max=10, counting={"rule": "cumulative"}
)
NUMBER = question("number", "적당한 요금(백원)", min=0, max=30)
DATE = question("date", "편한 날", earliest="2026-12-01", latest="2026-12-14")
MOTION = question(
    "yes_no",
    "확대 부착할까요?",
    counting={
        "rule": "plurality",
        "quorum": {"at_least": "1/3", "of": "roll"},
        "threshold": {"more_than": "50%", "of": "decided"},
    },
)
SOURCES = {
    "심사위원회": {"o1": "88.5", "o2": 91, "o3": "79.25", "o4": 60, "o5": 72},
    "설문": {"o1": 120, "o2": 80, "o3": 310, "o4": 44, "o5": 97},
}


def answers(asked: dict[str, Any], n: int = 900) -> list[Any]:
    """Random ballots, the same each time, in which earlier options are liked better."""
    chance = random.Random(7)
    ids = [option["id"] for option in asked["options"] if not option.get("exclusive")]
    weights = [1 / (place + 2) for place in range(len(ids))]

    def some(most: int) -> list[str]:
        found: list[str] = []
        while len(found) < most:
            found += [o for o in chance.choices(ids, weights) if o not in found]
        return found

    match asked["kind"]:
        case "ranking":
            return [some(chance.randint(1, 4)) for _ in range(n)]
        case "knapsack" | "choice":
            return [some(chance.randint(1, 3)) for _ in range(n)]
        case "cumulative":
            return [dict.fromkeys(some(2), chance.randint(1, 5)) for _ in range(n)]
        case "number":
            return [min(30, max(0, round(chance.gauss(14, 4)))) for _ in range(n)]
        case "date":
            return [f"2026-12-{min(14, 1 + int(chance.expovariate(0.3))):02d}" for _ in range(n)]
        case _:
            return chance.choices(["yes", "no", "abstain"], [60, 30, 10], k=n)


def counted(asked: dict[str, Any], n: int = 900, **context: Any) -> dict[str, Any]:
    """The question's result, as tally tells it."""
    kind = kinds()[asked["kind"]]
    counters: dict[str, int] = {"": n}
    profile = rules.new_profile(asked)
    for given in answers(asked, n):
        answer = kind.canonical(asked, given)
        for name, one in kind.count(asked, answer):
            counters[name] = counters.get(name, 0) + one
        if profile is not None:
            profile.add(answer)
    found = {"id": asked["id"], "kind": asked["kind"], "answered": n, **kind.summarise(asked, counters, n)}
    if profile is None:
        return found
    outcome = rules.count(asked, profile, Context(**{"seed": SEED, "roll_size": 5_000, **context})).as_json()
    for source in outcome.get("sources", ()):
        if source["name"] != "ballots":
            source |= {"entered_by": "주민참여예산위원회", "entered_at": "2026-11-22T03:00:00Z"}
    return {**found, "counting": rules.method(asked), "outcome": outcome}


ASKED = {
    "runoff": RUNOFF,
    "schulze": SCHULZE,
    "borda": BORDA,
    "budget": BUDGET,
    "shares": SHARES,
    "composite": COMPOSITE,
    "points": POINTS,
    "number": NUMBER,
    "date": DATE,
    "motion": MOTION,
}


def poll(poll_id: str) -> dict[str, Any]:
    return fakes.poll(
        id=poll_id,
        title=ASKED[poll_id]["title"],
        questions=[ASKED[poll_id]],
        state="published",
        certified=True,
        opens_at="2026-11-21T00:00:00Z",
        closes_at="2026-11-22T00:00:00Z",
    )


def results(poll_id: str) -> dict[str, Any]:
    context = {"sources": SOURCES} if poll_id == "composite" else {}
    return {
        "poll_id": poll_id,
        "results": "live",
        "state": "final",
        "questions": [counted(ASKED[poll_id], **context)],
        "voters": 900,
        "as_of": 900,
        "definition_hash": "0" * 64,
        "counted_at": "2026-11-22T00:01:00Z",
        "signature": {"key_id": "tally-result-1", "value": "s" * 86},
        **({"breakdown": BREAKDOWN} if poll_id == "motion" else {}),
    }


DISTRICTS = {"jongno": 310, "jung": 120, "gangnam": 402, "unknown": 68, "mapo": None}
HOURS = [f"2026-11-21T{hour:02d}:00:00Z" for hour in range(4, 16)]
BREAKDOWN = {
    "by": ["district", "gender"],
    "least": 10,
    "voters": [
        {
            "by": "district",
            "rows": [
                {"value": name, "voters": n, "share": None if n is None else f"{n / 9:.2f}"}
                for name, n in DISTRICTS.items()
            ],
        },
        {"by": "gender", "rows": [], "withheld": "too_few"},
    ],
    "questions": [
        {
            "id": "q1",
            "tables": [
                {
                    "by": "district",
                    "columns": ["yes", "no", "abstain"],
                    "rows": [
                        {
                            "value": name,
                            "answered": n,
                            "counts": [None, None, None] if n is None else [n - 30, 20, None],
                        }
                        for name, n in DISTRICTS.items()
                    ],
                },
                {"by": "gender", "columns": ["yes", "no", "abstain"], "rows": [], "withheld": "too_few"},
            ],
            "weighted": {
                "by": ["district"],
                "ballots": 832,
                "left_out": 68,
                "effective": "701.4",
                "design_effect": "1.19",
                "options": [
                    {"id": "yes", "share": "61.20", "margin": "3.61"},
                    {"id": "no", "share": "29.05", "margin": "3.36"},
                    {"id": "abstain", "withheld": True},
                ],
            },
        }
    ],
    "turnout": {
        "by": "district",
        "unit": "hour",
        "times": HOURS,
        "rows": [
            {"value": None, "voters": [20, 40, 80, 120, 160, 140, 90, 80, 70, 50, 30, 20]},
            {"value": "jongno", "voters": [None, 14, 28, 40, 55, 50, 33, 28, 24, 18, None, None]},
            {"value": "gangnam", "voters": [None, 18, 36, 54, 72, 62, 40, 36, 31, 22, 14, None]},
            {"value": "mapo", "voters": [None] * 12},
        ],
    },
}
