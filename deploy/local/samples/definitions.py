"""The sample polls: what an operator would write, and the ballots that are cast in them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from deploy.local.samples import pictures
from deploy.local.samples.accounts import CITY

Answers = Mapping[str, Any]
OPEN_DAYS = 90
ROUND_MARGINS = {
    "age": {
        "10": 800_000,
        "20": 1_400_000,
        "30": 1_500_000,
        "40": 1_500_000,
        "50": 1_500_000,
        "60": 1_200_000,
        "70": 900_000,
    },
    "gender": {"female": 5_000_000, "male": 4_700_000},
}
"""People of Seoul in round numbers."""


@dataclass(frozen=True)
class Sample:
    """One sample poll.

    `title` tells it from the others. `pictures` by target (`poll` or an option's id). A poll to be `published` is closed
    after its ballots, and its result must then show `expected` counts by question and option (of a ranking, first places).
    """

    title: str
    organization: str
    draft: Mapping[str, Any]
    ballots: Sequence[Answers]
    pictures: Mapping[str, Callable[[], bytes]] = field(default_factory=dict)
    published: bool = False
    expected: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def body(self, now: datetime) -> dict[str, Any]:
        """The draft as it is sent; open for three months from now."""
        closes_at = (now + timedelta(days=OPEN_DAYS)).replace(minute=0, second=0, microsecond=0)
        times = {"opens_at": None, "closes_at": closes_at.isoformat()}
        return {**self.draft, **times, "title": self.title, "organization": self.organization}


def samples(*more: Sample) -> list[Sample]:
    """All of them; the one with most voters first, because they all sign in for it."""
    return [happiness(), *more, bicycle(), bus_map(), architecture(), card_survey()]


def options(labels: Sequence[str]) -> list[dict[str, Any]]:
    return [{"id": f"o{number}", "label": label} for number, label in enumerate(labels, start=1)]


def single(question: str, counts: Mapping[str, Any]) -> list[Answers]:
    """So many ballots for each option."""
    return [{question: [option]} for option, count in counts.items() for _ in range(count)]


def happiness() -> Sample:
    """2019: 285 voters, 68 / 84 / 14 / 119."""
    labels = (
        "일하는 시간: 주당 실제 근로시간",
        "쉬는 시간: 하루 여가시간과 연차 사용",
        "오가는 시간: 출퇴근에 걸리는 시간",
        "균형의 체감: 일과 생활의 균형에 대한 만족도",
    )
    counts = {"o1": 68, "o2": 84, "o3": 14, "o4": 119}
    return Sample(
        title="서울시 행복지표: 일-생활 균형 지표로 중요한 것은?",
        organization=CITY,
        draft={
            "kind": "policy",
            "purpose": (
                "서울시는 시민의 행복을 재는 ‘서울형 행복지표’를 만들고 있습니다.\n"
                "일-생활 균형을 나타내는 지표 가운데 가장 중요하다고 생각하시는 것을 하나만 골라 주세요.\n\n"
                "2019년에 진행된 투표를 옮긴 것입니다. 285명이 참여했습니다.\n"
                "자치구, 나이, 성별은 보기로 꾸민 것이고, 가중치에 쓰는 인구는 어림수입니다."
            ),
            "reference_url": "https://www.seoul.go.kr/",
            "results": "after_publish",
            "breakdown": {"by": ["district", "age", "gender"], "least": 5, "margins": ROUND_MARGINS},
            "questions": [
                {
                    "id": "q1",
                    "kind": "choice",
                    "title": "일-생활 균형 지표로 가장 중요한 것은 무엇입니까?",
                    "min": 1,
                    "max": 1,
                    "options": options(labels),
                }
            ],
        },
        ballots=single("q1", counts),
        published=True,
        expected={"q1": counts},
    )


def bicycle() -> Sample:
    """2020: a name for the smaller public bicycle, here by ranking: who leads at first is overtaken in the rounds."""
    labels = ("새싹따릉이", "꼬마따릉이", "작은따릉이", "따릉이 미니", "따릉이 S")
    orders = {
        ("o1", "o4"): 10,
        ("o1",): 8,
        ("o2", "o3", "o4"): 20,
        ("o4", "o1", "o2"): 8,
        ("o4", "o2"): 2,
        ("o4",): 2,
        ("o3", "o1"): 4,
        ("o3", "o2", "o4"): 2,
        ("o5", "o1", "o2"): 4,
    }
    return Sample(
        title="소형 따릉이 명칭 선정: 좋은 순서대로",
        organization=CITY,
        draft={
            "kind": "policy",
            "purpose": (
                "바퀴 크기(24→20인치)와 무게(약 18→16kg)를 줄인 소형 따릉이를 새로 선보입니다. "
                "이용 나이도 만 13세 이상으로 낮아집니다.\n부르기 쉽고 친근한 이름을 좋은 순서대로 세 개까지 골라 주세요. "
                "절반을 넘는 이름이 나올 때까지 가장 적은 표를 받은 이름부터 빼고 다시 셉니다.\n\n"
                "2020년에 진행된 투표를 본뜬 것입니다."
            ),
            "reference_url": "https://www.bikeseoul.com/",
            "results": "after_close",
            "questions": [
                {
                    "id": "q1",
                    "kind": "ranking",
                    "title": "소형 따릉이의 이름으로 알맞은 것을 좋은 순서대로 골라 주십시오.",
                    "min": 1,
                    "max": 3,
                    "order": "shuffled",
                    "counting": {"rule": "instant_runoff"},
                    "options": options(labels),
                }
            ],
        },
        ballots=[{"q1": list(order)} for order, voters in orders.items() for _ in range(voters)],
        published=True,
        expected={"q1": {"o1": 18, "o2": 20, "o3": 6, "o4": 12, "o5": 4}},
    )


def bus_map() -> Sample:
    """A yes-no question of the city's daily kind; nobody sees the result before it closes."""
    answers = ["yes"] * 88 + ["no"] * 19 + ["abstain"] * 5
    return Sample(
        title="버스 유턴장에 노선도를 확대 부착할까요?",
        organization=CITY,
        draft={
            "kind": "policy",
            "purpose": (
                "버스가 방향을 바꾸는 유턴장 정류소에는 작은 노선도만 붙어 있어 멀리서 읽기 어렵다는 의견이 있습니다.\n"
                "노선도를 크게 만들어 붙이는 방안에 대해 의견을 들려주세요."
            ),
            "reference_url": "https://topis.seoul.go.kr/",
            "results": "after_close",
            "questions": [
                {
                    "id": "q1",
                    "kind": "yes_no",
                    "title": "버스 유턴장에 노선도를 확대 부착하는 것에 찬성하십니까?",
                    "options": [],
                }
            ],
        },
        ballots=[{"q1": answer} for answer in answers],
    )


def architecture() -> Sample:
    """One of several buildings, each with a picture."""
    buildings = (
        ("한옥 어린이집", "골목 안 한옥 두 채를 이어 아이들의 놀이 마당을 만들었습니다."),
        ("계단정원 복지관", "층마다 물러난 옥상에 주민이 가꾸는 정원이 있습니다."),
        ("언덕 위 작은도서관", "박공지붕 아래 큰 서가가 언덕길의 쉼터가 됩니다."),
        ("붉은벽돌 문화창고", "오래된 창고의 톱날지붕을 살려 공연장으로 바꾸었습니다."),
        ("물빛 시민회관", "낮은 마당과 높은 탑이 하천 산책로와 이어집니다."),
    )
    counts = {"o1": 19, "o2": 12, "o3": 17, "o4": 9, "o5": 7}
    listed = [
        {**option, "description": text}
        for option, (_, text) in zip(options([name for name, _ in buildings]), buildings, strict=True)
    ]
    return Sample(
        title="서울시 건축상 시민공감상",
        organization=CITY,
        draft={
            "kind": "policy",
            "purpose": (
                "올해 서울시 건축상 후보작 가운데 시민이 가장 공감하는 건축물에 ‘시민공감상’을 드립니다.\n"
                "그림과 설명을 보고 한 곳을 골라 주세요. 그림은 보기용으로 그린 것입니다."
            ),
            "results": "after_publish",
            "questions": [
                {
                    "id": "q1",
                    "kind": "choice",
                    "title": "가장 공감하는 건축물은 어느 것입니까?",
                    "min": 1,
                    "max": 1,
                    "options": listed,
                }
            ],
        },
        ballots=single("q1", counts),
        pictures={option["id"]: _building(number) for number, option in enumerate(listed)},
    )


def _building(number: int) -> Callable[[], bytes]:
    return lambda: pictures.building(number)


def card_survey() -> Sample:
    """2019: several questions of several kinds, with a banner and a reference link."""
    uses = ("도서관 대출", "공공시설 이용", "할인·마일리지", "교통카드", "모바일 신분 확인")
    items = ("화면이 알기 쉽다", "필요한 기능이 있다", "빠르고 안정적이다", "개인정보를 믿고 맡길 수 있다")
    return Sample(
        title="서울시민카드앱 이용만족도 설문조사",
        organization=CITY,
        draft={
            "kind": "survey",
            "purpose": (
                "서울시민카드앱을 더 편리하게 고치기 위해 이용하신 분들의 의견을 듣습니다. 2분이면 됩니다.\n\n"
                "2019년 11월 22일부터 12월 2일까지 9,707명이 참여한 설문을 본뜬 것입니다."
            ),
            "reference_url": "https://citizencard.seoul.go.kr/",
            "results": "after_close",
            "questions": _survey_questions(uses, items),
        },
        ballots=[_survey_answers(number, len(uses), len(items)) for number in range(48)],
        pictures={"poll": pictures.banner},
    )


def _survey_questions(uses: Sequence[str], items: Sequence[str]) -> list[dict[str, Any]]:
    often = ("거의 매일", "일주일에 한두 번", "한 달에 한두 번", "설치만 했다")
    return [
        {"id": "often", "kind": "choice", "title": "얼마나 자주 쓰십니까?", "min": 1, "max": 1, "options": options(often)},
        {
            "id": "uses",
            "kind": "choice",
            "title": "어디에 쓰십니까?",
            "description": "하나 이상 세 개까지 고를 수 있습니다.",
            "min": 1,
            "max": 3,
            "options": options(uses),
        },
        {
            "id": "satisfaction",
            "kind": "score",
            "title": "얼마나 만족하십니까?",
            "description": "1점은 매우 불만족, 5점은 매우 만족입니다.",
            "min": 1,
            "max": 5,
            "options": options(items),
        },
        {"id": "recommend", "kind": "yes_no", "title": "다른 사람에게 권하시겠습니까?", "options": []},
        {
            "id": "wish",
            "kind": "text",
            "title": "바라는 점을 자유롭게 적어 주세요.",
            "description": "개인정보는 적지 마세요.",
            "required": False,
            "max": 500,
            "options": [],
        },
    ]  # fmt: skip


def _survey_answers(number: int, uses: int, items: int) -> Answers:
    """A voter's answers, different from voter to voter and the same every time."""
    first = number % uses
    chosen = [f"o{1 + (first + step * 2) % uses}" for step in range(1 + number % 3)]
    answers: dict[str, Any] = {
        "often": [f"o{1 + (number * 7 // 3) % 4}"],
        "uses": sorted(chosen),
        "satisfaction": {f"o{1 + item}": 2 + (number * 3 + item * 5) % 4 for item in range(items)},
        "recommend": ("yes", "yes", "yes", "no", "abstain")[number % 5],
    }
    wishes = (
        "도서관 연체 안내가 미리 오면 좋겠습니다.",
        "첫 화면에서 카드가 바로 보이게 해 주세요.",
        "글자를 더 크게 볼 수 있으면 합니다.",
    )
    return {**answers, "wish": wishes[number // 4 % 3]} if number % 4 == 0 else answers
