"""A participatory-budget poll that is open: projects within a limit of money, with limits by category and by district."""

from typing import Any

from deploy.local.samples.accounts import CITY
from deploy.local.samples.definitions import Sample

BUDGET = 1_200_000_000
WHOLE_CITY, GANGNAM, MAPO = "서울시 전체", "강남구", "마포구"
NONE = "none"
PROJECTS = (
    ("c1", "밤길 안심 조명 확대", WHOLE_CITY, "안전", 600_000_000, "어두운 골목 120곳에 밝기가 조절되는 조명을 답니다."),
    ("c2", "한강 나무 그늘 만들기", WHOLE_CITY, "환경", 450_000_000, "그늘이 없는 한강 산책로에 나무 1,500그루를 심습니다."),
    ("c3", "공공 와이파이 확대", WHOLE_CITY, "생활", 380_000_000, "버스 정류소와 작은 공원에서도 무료로 연결됩니다."),
    ("g1", "탄천 산책로 정비", GANGNAM, "환경", 320_000_000, "물에 잠기던 구간을 높이고 쉼터를 둡니다."),
    ("g2", "학교 앞 스마트 횡단보도", GANGNAM, "안전", 280_000_000, "아이가 건너면 바닥등이 켜지고 차에 알립니다."),
    ("g3", "골목 작은음악회", GANGNAM, "문화", 45_000_000, "한 달에 한 번, 골목마다 돌아가며 엽니다."),
    ("m1", "경의선숲길 쉼터", MAPO, "환경", 120_000_000, "비와 볕을 피할 수 있는 쉼터 여섯 곳을 짓습니다."),
    ("m2", "마을 공유부엌", MAPO, "생활", 96_500_000, "함께 요리하고 나누는 부엌을 빈 점포에 엽니다."),
    ("m3", "자전거 수리소", MAPO, "생활", 78_000_000, "따릉이와 내 자전거를 무료로 고쳐 드립니다."),
)  # fmt: skip
BALLOTS = {
    ("c1", "g2", "g3"): 12,
    ("c2", "c3", "m1", "m3"): 9,
    ("c1", "c3", "m2"): 8,
    ("c2", "g1", "g3"): 6,
    ("c1", "g1", "g3"): 5,
    ("c2", "c1"): 5,
    ("c3", "m1", "m2"): 4,
    ("c1", "m1", "m3"): 3,
    (NONE,): 2,
}


def participatory() -> Sample:
    """Results are seen live, with what would be funded now."""
    return Sample(
        title="2027년 시민참여예산 사업 선정",
        organization=CITY,
        draft={
            "kind": "budget",
            "purpose": (
                "내년 시민참여예산 12억원으로 추진할 사업을 시민이 정합니다.\n"
                "고른 사업의 비용이 모두 합쳐 12억원을 넘지 않으면 몇 개든 고를 수 있습니다. "
                "구 사업은 한 구에서만 고르고, 한 분야에서는 두 개까지 고를 수 있습니다.\n\n"
                "보기용으로 만든 사업과 투표지입니다."
            ),
            "reference_url": "https://yesan.seoul.go.kr/",
            "results": "live",
            "questions": [question()],
        },
        ballots=[{"q1": list(chosen)} for chosen, voters in BALLOTS.items() for _ in range(voters)],
    )


def question() -> dict[str, Any]:
    keys = ("id", "label", "group", "category", "cost", "description")
    options = [dict(zip(keys, project, strict=True)) for project in PROJECTS]
    return {
        "id": "q1",
        "kind": "knapsack",
        "title": "12억원으로 추진할 사업을 골라 주십시오.",
        "budget": BUDGET,
        "order": "shuffled",
        "limits": [
            {"by": "group", "values": [GANGNAM, MAPO], "distinct": 1},
            {"by": "category", "each": True, "max": 2},
        ],
        "counting": {"rule": "greedy"},
        "options": [*options, {"id": NONE, "label": "추진할 만한 사업이 없음", "exclusive": True}],
    }
