"""Results of every kind, for the tests of exported files."""

import random
from typing import Any

from hypothesis import strategies as st

from services.common.encodings import canonical_json
from services.polls.contract import ballot_rules
from services.polls.contract.breakdown import DIMENSIONS, UNKNOWN
from services.tally.domain import Count, Facts
from services.tally.formats import Export
from services.tally.usecases.outcomes import new_profiles
from services.tally.usecases.results import document

CHECKPOINT = "vote.seoul.example/log/poll-1\n4\nq83vq83vq83vq83vq83vq83vq83vq83vq83vq83vq80=\n\n— vote.seoul.example/log AAAA\n"
ENDED = {"counted_at": "2026-11-22T05:30:00Z", "checkpoint": CHECKPOINT}
SIGNATURE = {"key_id": "tally-result-1", "value": "q83v" * 21 + "qw"}
PERIOD = {"opened_at": "2026-08-05T00:00:00Z", "closes_at": "2026-08-31T14:59:59Z"}


def question(
    kind: str, title: str = "질문", labels: Any = ("가", "나", "다"), **fields: Any
) -> dict[str, Any]:
    options = [{"id": f"o{n}", "label": label} for n, label in enumerate(labels)]
    return {"id": "q1", "kind": kind, "title": title, "required": False, "options": options, **fields}


def result_of(
    questions: list[dict[str, Any]],
    ballots: list[dict[str, Any]],
    *,
    state: str = "final",
    roll: int | None = None,
    sources: dict[str, list[dict[str, Any]]] | None = None,
    **definition: Any,
) -> Export:
    """These ballots counted as the recount counts them; questions are named q1, q2 and so on."""
    named = [{**each, "id": f"q{n}"} for n, each in enumerate(questions, start=1)]
    about = {"title": "시민 투표", "organization": "seoul", "questions": named, **definition}
    facts = Facts("poll-1", "closed", "live", about, "ab" * 32, roll)
    final = state == "final"
    count = Count(entries=len(ballots), profiles=new_profiles(named) if final else {}, seed=b"s" * 32)
    count.sources = sources or {}  # type: ignore[assignment]
    for answers in ballots:
        count.add(ballot_rules.count_ballot(named, answers))
        count.add_to_profiles(answers)
    result = document(facts, state, count, ENDED if final else None)
    if final:
        result["signature"] = SIGNATURE
    return Export(about, result, organization="서울특별시", address="https://vote.seoul.example", **PERIOD)


BUDGET: dict[str, Any] = {"budget": 100, "counting": {"rule": "greedy", "budget": 100, "ties": "draw"}}
EVERY_KIND: list[dict[str, Any]] = [
    question(
        "choice", "=HYPERLINK(1)", ("  @cmd", '버스, "노선도"\n둘째 줄'), counting={"rule": "plurality"}
    ),
    question("yes_no", "찬반", ()),
    question("score", "만족도", ("+앱",)),
    question("text", "의견", ()),
    question("number", "나이", (), min=0, max=120),
    question("date", "좋은 날", (), earliest="2026-12-01", latest="2026-12-07"),
    question("cumulative", "점수 나누기", min=1, max=10),
    question("ranking", "순위", counting={"rule": "instant_runoff"}),
    question("knapsack", "예산", **BUDGET),
]
for each, cost in zip(EVERY_KIND[-1]["options"], (60, 50, 40), strict=True):
    each["cost"] = cost
SOME: list[dict[str, Any]] = [
    {"q1": ["o1"], "q2": "yes", "q3": {"o0": 5}, "q5": 30, "q6": "2026-12-03", "q7": {"o0": 3}, "q8": ["o0", "o1"], "q9": ["o0"]},
    {"q1": ["o1"], "q2": "yes", "q3": {"o0": 5}, "q5": 41, "q7": {"o0": 3, "o1": 1}, "q8": ["o1", "o2"], "q9": ["o1", "o2"]},
    {"q1": ["o1"], "q2": "yes", "q3": {"o0": 5}, "q6": "2026-12-03", "q8": ["o2", "o1"], "q9": ["o1"]},
    {"q1": ["o0"], "q2": "yes", "q3": {"o0": 1}, "q8": ["o1"]},
]  # fmt: skip
EVERYTHING = result_of(EVERY_KIND, SOME, roll=10)


def broken_down(export: Export, rng: random.Random | None = None) -> Export:
    """The same with a breakdown of made-up figures, some of them suppressed."""
    rng = rng or random.Random(1)

    def figure() -> int | None:
        return rng.choice([None, 0, 11, 25])

    values = {by: (*DIMENSIONS[by], UNKNOWN) for by in ("district", "age")}
    tables = [
        {"id": q["id"], "tables": [
            {"by": by, "columns": [o["id"] for o in q["options"]],
             "rows": [{"value": v, "answered": figure(), "counts": [figure() for _ in q["options"]]} for v in values[by]]}
            for by in values
        ] if q["options"] else []}
        for q in export.result["questions"]
    ]  # fmt: skip
    shares = [
        {"id": o["id"], "share": "41.75", "margin": "2.31"} for o in export.result["questions"][0]["options"]
    ]
    figures = {"ballots": 3, "left_out": 1, "effective": "2.71", "design_effect": "1.11"}
    tables[0]["weighted"] = {"by": ["age"], **figures, "options": shares}
    if len(tables) > 1:
        tables[-1]["weighted"] = {"by": ["age"], "withheld": "suppressed"}
    breakdown = {
        "by": list(values),
        "least": 10,
        "voters": [{"by": by, "rows": [{"value": v, "voters": figure(), "share": None} for v in values[by]]} for by in values],
        "questions": tables,
        "turnout": {"by": "district", "unit": "hour", "times": ["2026-11-22T05:00:00Z"],
                    "rows": [{"value": v, "voters": [figure()]} for v in (None, *values["district"])]},
    }  # fmt: skip
    return Export(**{**vars(export), "result": {**export.result, "breakdown": breakdown}})


WEIGHTS = [("ballots", "50%"), ("위원회", "40%"), ("설문", "10%")]
COMPOSITE = result_of(
    [
        question(
            "choice",
            "이름을 골라 주세요",
            counting={
                "rule": "composite",
                "sources": [{"name": name, "weight": share} for name, share in WEIGHTS],
            },
        )
    ],
    [{"q1": ["o0"]}] * 3 + [{"q1": ["o1"]}] * 2,
    sources={
        "q1": [
            {
                "source": name,
                "scores": {"o0": 1, "o1": "17/4", "o2": 0},
                "entered_by": "=시민참여예산위원회",
                "entered_at": "2026-11-20T01:00:00Z",
                "salt": "c2FsdA",
                "commitment": "ab" * 32,
            }
            for name, _ in WEIGHTS[1:]
        ]
    },
)

LABELS = st.text(min_size=1, max_size=60) | st.sampled_from(
    [
        "=1+1",
        "+82",
        "@SUM(A1)",
        "첫 줄\n둘째 줄",
        "مرحبا بالعالم",
        "👍🏽 좋아요 👨‍👩‍👧",
        "\u202e뒤집힘",
        "市民",
        "가" * 300,
        " ",
        "\x00\x07",
    ]
)


@st.composite
def exports(draw: Any) -> Export:
    """Any result: any labels, many options, no voters, live or final."""
    kinds = draw(st.lists(st.sampled_from(EVERY_KIND), min_size=1, max_size=4))
    asked = []
    for each in kinds:
        labels = draw(st.lists(LABELS, min_size=len(each["options"]), max_size=len(each["options"])))
        options = [{**option, "label": label} for option, label in zip(each["options"], labels, strict=True)]
        asked.append({**each, "title": draw(LABELS), "options": options})
    voters = draw(st.integers(0, 4))
    place = {id(each): f"q{n}" for n, each in enumerate(EVERY_KIND, start=1)}
    ballots = [
        {f"q{n}": answers.get(place[id(each)]) for n, each in enumerate(kinds, start=1)}
        for answers in SOME[:voters]
    ]
    made = result_of(asked, ballots, state=draw(st.sampled_from(("live", "final"))), title=draw(LABELS))
    language = draw(st.sampled_from(("ko", "en")))
    made = Export(**{**vars(made), "language": language, "organization": draw(st.text(max_size=30))})
    return (
        broken_down(made, random.Random(draw(st.integers(0, 9)))) if made.result["state"] == "final" else made
    )


def many_options(n: int = 500) -> Export:
    """A budget vote with as many projects as a question can have."""
    labels = [
        f"{number}번 사업: 동네 공원에 나무를 심고 쉼터를 만드는 주민참여예산 사업" for number in range(n)
    ]
    asked = question(
        "choice", "어떤 사업을 할까요?", labels, max=10, counting={"rule": "greedy", "budget": 10_000_000}
    )
    for number, option in enumerate(asked["options"]):
        option["cost"] = 100_000 + number * 1_000
    ballots = [{"q1": [f"o{number}", f"o{number // 2}"][: 1 + number % 2]} for number in range(1, n)]
    return result_of([asked], ballots, roll=2_000, title="2026년 시민참여예산 사업 선정")


def is_canonical(export: Export) -> bool:
    """Whether the result can be signed at all."""
    return bool(canonical_json(dict(export.result)))
