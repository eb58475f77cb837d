"""Korean. A code's patterns are tried in turn: the first whose figures are all there is spoken."""

QUOTES = "‘{}’"
ABOUT = "약 {}"
UNITS = {
    "votes": ("{}표", "{}표"),
    "points": ("{}점", "{}점"),
    "combined": ("{}점", "{}점"),
    "wins": ("{}승", "{}승"),
    "ballots": ("{}명", "{}명"),
}
VERDICTS = {"yes": "찬성", "no": "반대", "abstain": "기권"}
BALLOTS = "시민 투표"
NONE = "없음"

REASONS = {
    "above_budget": ("사업비 {cost:이/가} 전체 예산 {budget}보다 많습니다.",),
    "after_stop": (
        "앞 순서인 {stopped_at}에서 예산이 모자라 선정이 끝났고, 그보다 뒤 순서라 검토되지 않았습니다.",
    ),
    "beaten": (
        "둘씩 견주면 {by}에 뒤집니다: 가장 강한 승리 경로의 세기가 그쪽은 {strength}, 이쪽은 {against}입니다.",
    ),
    "below_threshold": ("{reached:unit 으로/로}, 기준인 {least:unit}에 {missed_by:unit 이/가} 모자랍니다.",),
    "chosen": ("{score:unit 으로/로} {place}위, 선정되었습니다.", "{place}위로 선정되었습니다."),
    "chosen_by_majority": ("{round}라운드에서 {votes:unit 을/를} 얻어, 남은 표의 과반으로 선정되었습니다.",),
    "eliminated": ("{round}라운드에서 {votes:unit 으로/로} 가장 적어 탈락했습니다.",),
    "excluded_by": ("함께 선정할 수 없는 {option:이/가} 먼저 선정되었습니다.",),
    "funded": (
        "{place}번째로 선정되었습니다. 사업비 {cost}, 선정 뒤 남은 예산 {left}.",
        "선정되었습니다. 사업비 {cost}, 선정 뒤 남은 예산 {left}.",
    ),
    "funded_by_supporters": (
        "지지자 {payers}명이 한 사람에 많아야 {price}씩 내어 사업비 {cost:을/를} 채웠습니다.",
    ),
    "group_full": ("{group}에서는 한도인 {limit}개 사업이 이미 선정되었습니다.",),
    "group_unaffordable": (
        "사업비가 {cost}인데 {group}에 남은 한도는 {left:으로/로}, {short:이/가} 모자랐습니다.",
    ),
    "lost_last_round": (
        "마지막 {round}라운드에서 {votes:unit}, {winner:은/는} {winner_votes:unit}였습니다.",
    ),
    "no_votes": ("표를 얻지 못했습니다.",),
    "not_electable": ("선정 대상이 아닌 응답입니다.",),
    "outscored": (
        "{score:unit 으로/로} {place}위입니다. 선정 최저 {needed:unit}에 {missed_by:unit 이/가} 모자랍니다.",
    ),
    "quorum_missed": (
        "정족수 {least:unit}에 {missed_by:unit 이/가} 모자란 {ballots:unit}만 답해, 아무것도 선정되지 않았습니다.",
    ),
    "supporters_short": (
        "지지자 {votes}명에게 남은 몫을 모두 모아도 {available:으로/로}, 사업비 {cost}에 {short:이/가} 모자랐습니다.",
    ),
    "tie_lost": (
        "{score:unit 으로/로} 선정된 것과 같지만, 동점을 가르는 순서에서 뒤였습니다.",
        "선정된 것과 우열을 가릴 수 없지만, 동점을 가르는 순서에서 뒤였습니다.",
    ),
    "unaffordable": (
        "사업비가 {cost}인데 차례가 왔을 때 남은 예산은 {left:으로/로}, {short:이/가} 모자랐습니다.",
        "사업비가 {cost}인데 차례가 왔을 때 남은 예산은 {left}뿐이었습니다.",
    ),
}

RULES = {
    "plurality": "최다 득표",
    "approval": "승인 투표(고른 선택지마다 한 표)",
    "score": "점수 투표",
    "cumulative": "누적 투표(나누어 준 점수의 합)",
    "borda": "보르다 방식(순위별 점수의 합)",
    "instant_runoff": "즉석 결선 투표(과반이 나올 때까지 최하위부터 탈락)",
    "schulze": "슐체 방식(둘씩 견주어 이기는 선택지)",
    "greedy": "예산 안에서 차례로 선정",
    "equal_shares": "균등 몫 방식(모든 투표자에게 예산을 똑같이 나누어 지지하는 사업에 씀)",
    "composite": "여러 평가를 가중치로 합산",
}
SHORT_RULES = {
    "greedy": "득표순 방식",
    "equal_shares": "균등 몫 방식",
}
PARAMETERS = {
    "winners": {"": "{value}개 선정"},
    "ties": {"listed": "동점이면 목록 순서", "draw": "동점이면 공개된 씨앗값으로 추첨"},
    "quorum": {"": "정족수: {value}"},
    "threshold": {"": "선정 기준: {value}"},
    "by": {"sum": "점수 합계로 비교", "mean": "평균 점수로 비교"},
    "variant": {
        "averaged": "순위를 매기지 않은 선택지는 남은 순위의 점수를 나누어 가짐",
        "zero": "순위를 매기지 않은 선택지는 0점",
        "modified": "적게 매길수록 점수도 적음(수정 보르다)",
    },
    "strength": {"winning_votes": "승리의 세기는 이긴 쪽의 표 수", "margins": "승리의 세기는 표 차이"},
    "budget": {"": "예산 {value}"},
    "order": {
        "votes": "득표순",
        "votes.points": "점수순",
        "votes_per_cost": "사업비 대비 득표순",
        "votes_per_cost.points": "사업비 대비 점수순",
    },
    "unaffordable": {
        "skip": "예산 초과 시 건너뛰고 다음 사업 검토",
        "stop": "예산 초과 사업이 나오면 선정 종료",
    },
    "exclusive": {"": "함께 선정할 수 없음: {value}"},
    "caps": {"": "한도: {value}"},
    "points": {"": "순위별 점수 {value}"},
    "utility": {
        "cost": "사업의 값어치는 사업비로 셈",
        "cardinality": "사업마다 값어치를 똑같이 셈",
    },
    "completion": {
        "none": "남은 예산은 쓰지 않음",
        "add1": "예산이 남으면 한 사람 몫을 조금씩 늘려 다시 셈",
        "add1u": "예산이 남으면 한 사람 몫을 조금씩 늘려 다시 세고, 그래도 남으면 득표순으로 선정",
        "utilitarian": "남은 예산은 득표순으로 선정",
    },
    "increment": {"": "한 번에 {value}씩 늘림"},
    "sources": {"": "{value}"},
    "normalise": {
        "sum": "평가마다 전체에서 차지하는 비율로 환산",
        "max": "평가마다 가장 높은 것에 대한 비율로 환산",
        "rank": "평가마다 순위로 환산",
    },
}
THRESHOLDS = {
    "number": "최소 {value:unit}",
    "at_least": "{of}의 {value} 이상",
    "more_than": "{of}의 {value} 초과",
    "answered": "이 문항 응답",
    "decided": "기권을 뺀 응답",
    "roll": "선거인",
}
CAPS = {
    "both": "{group} {projects}개·{budget}까지",
    "projects": "{group} {projects}개까지",
    "budget": "{group} {budget}까지",
}

HOW = {"listed": "목록 순서에 따라", "draw": "공개된 씨앗값으로 추첨한 결과"}
TIES = {
    "elimination": "{round}라운드에서 {options:이/가} 가장 적은 표로 같아, {how} {last:이/가} 탈락했습니다.",
    "score": "{options:이/가} {score:unit 으로/로} 같아, {how} {preferred:을/를} 앞에 두었습니다.",
    "plain": "{options:은/는} 우열을 가릴 수 없어, {how} {preferred:을/를} 앞에 두었습니다.",
}
ROUNDS = {
    "votes": "{round}라운드: {standings}.",
    "exhausted": "남은 선택지가 없어 빠진 표 {exhausted}.",
    "eliminated": "{option} 탈락.",
    "funded": "{option}: 사업비 {cost}, 선정. 남은 예산 {left}.",
    "passed_over": "{option}: 사업비 {cost}, 선정되지 않음. 남은 예산 {left}.",
    "supporters": "{option}: 사업비 {cost}, 지지자 {payers}명이 한 사람에 많아야 {price}씩 냄.",
}
OTHER = {
    "same": "같은 표를 {rule:으로/로} 세어도 선정되는 사업이 같습니다.",
    "more": "같은 표를 {rule:으로/로} 세면 {more:이/가} 더 선정됩니다. 쓰는 예산은 {spent}입니다.",
    "less": "같은 표를 {rule:으로/로} 세면 {less:은/는} 선정되지 않습니다. 쓰는 예산은 {spent}입니다.",
    "both": "같은 표를 {rule:으로/로} 세면 {less} 대신 {more:이/가} 선정됩니다. 쓰는 예산은 {spent}입니다.",
}
PAIRWISE = {
    "winner": "{option:은/는} 다른 모든 선택지와 하나씩 견주어 모두 이깁니다.",
    "none": "다른 모든 선택지를 이기는 선택지는 없습니다.",
}
SUMMARY = {
    "chosen": "선정: {names}",
    "more": "선정: {names} 외 {n}개",
    "verdict": "결과: {names}",
    "none": "선정된 것이 없습니다.",
    "quorum": "정족수를 채우지 못해 선정된 것이 없습니다.",
}
