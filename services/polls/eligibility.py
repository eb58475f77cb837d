"""The RULE tree: `{"any": [RULE…]}`, `{"all": [RULE…]}` or `{"rule": NAME, …}`, decided for many voters at once."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from services.common.errors import DomainError
from services.polls.contract.errors import EvidenceNeeded, NotEligible, TooManyTries, WrongPassword
from services.polls.contract.kinds import Problem
from services.polls.rules import Context, Decision, Readiness, RuleTree, Voter, rules

DEEPEST = 4
MOST_RULES = 20
_BRANCHES = ("any", "all")
_MOST_HELPFUL = (EvidenceNeeded, WrongPassword, TooManyTries, NotEligible)


def check_form(tree: Any, here: str = "", depth: int = 1) -> list[Problem]:
    """What is wrong with the form of a tree as an operator sent it; pointers are relative to it."""
    problems = list(_form_problems(tree, here, depth))
    if depth == 1 and not problems and sum(1 for _ in leaves(tree)) > MOST_RULES:
        problems.append(Problem(here, "too_many_rules", {"max": MOST_RULES}))
    return problems


def _form_problems(tree: Any, here: str, depth: int) -> Iterator[Problem]:
    branch = _branch(tree)
    if not isinstance(tree, dict):
        yield Problem(here, "not_a_rule")
    elif branch:
        yield from _branch_problems(tree, branch, f"{here}/{branch}", depth)
    elif not isinstance(tree.get("rule"), str):
        yield Problem(f"{here}/rule", "required")
    elif tree["rule"] not in rules():
        yield Problem(f"{here}/rule", "unknown_rule")
    else:
        found = rules()[tree["rule"]].check_definition(tree)
        yield from (Problem(here + problem.pointer, problem.code, problem.params) for problem in found)


def _branch_problems(tree: RuleTree, branch: str, here: str, depth: int) -> Iterator[Problem]:
    children = tree[branch]
    if len(tree) > 1:
        yield Problem(here, "only_one_of_any_all_rule")
    if not isinstance(children, list) or not 1 <= len(children) <= MOST_RULES:
        yield Problem(here, "length", {"min": 1, "max": MOST_RULES})
    elif depth >= DEEPEST:
        yield Problem(here, "too_deep", {"max": DEEPEST})
    else:
        for n, child in enumerate(children):
            yield from _form_problems(child, f"{here}/{n}", depth + 1)


def _branch(tree: Any) -> str | None:
    """`any`, `all`, or nothing for a single rule."""
    return next((name for name in _BRANCHES if isinstance(tree, dict) and name in tree), None)


def leaves(tree: RuleTree, here: str = "") -> Iterator[tuple[str, RuleTree]]:
    """Every single rule of a well-formed tree with its pointer, in order."""
    branch = _branch(tree)
    if branch is None:
        yield here, tree
        return
    for n, child in enumerate(tree[branch]):
        yield from leaves(child, f"{here}/{branch}/{n}")


def check_ready(tree: RuleTree, readiness: Readiness) -> list[Problem]:
    """What keeps a poll with this tree, in its private form, from opening."""
    found = [(here, rules()[leaf["rule"]].check_ready(leaf, readiness)) for here, leaf in leaves(tree)]
    return [Problem(here + p.pointer, p.code, p.params) for here, problems in found for p in problems]


def rebuilt(tree: RuleTree, change: Callable[[RuleTree], dict[str, Any]]) -> dict[str, Any]:
    """The same tree with every single rule changed."""
    branch = _branch(tree)
    return {branch: [rebuilt(child, change) for child in tree[branch]]} if branch else change(tree)


def public(tree: RuleTree) -> dict[str, Any]:
    """What everyone may see."""
    return rebuilt(tree, lambda leaf: rules()[leaf["rule"]].public(leaf))


def secure(tree: RuleTree, before: RuleTree | None = None) -> dict[str, Any]:
    """The private form to keep. The n-th rule of a name takes over from the n-th rule of that name in `before`."""
    former: dict[str, list[RuleTree]] = {}
    for _, leaf in leaves(before) if before else ():
        former.setdefault(leaf["rule"], []).append(leaf)

    def secured(leaf: RuleTree) -> dict[str, Any]:
        waiting = former.get(leaf["rule"])
        return rules()[leaf["rule"]].secure(leaf, waiting.pop(0) if waiting else None)

    return rebuilt(tree, secured)


def evidence(tree: RuleTree) -> list[str]:
    """Fields that a voter may have to fill in."""
    return list(dict.fromkeys(name for _, leaf in leaves(tree) for name in rules()[leaf["rule"]].EVIDENCE))


def only_by(tree: RuleTree, name: str) -> bool:
    """Whether nobody is admitted but by the rule of this name."""
    branch = _branch(tree)
    if branch is None:
        return bool(tree["rule"] == name)
    return (any if branch == "all" else all)(only_by(child, name) for child in tree[branch])


def decide(context: Context, tree: RuleTree, voters: Sequence[Voter]) -> list[Decision]:
    """One decision for each voter, in order."""
    branch = _branch(tree)
    if branch is None:
        return rules()[tree["rule"]].decide(context, tree, voters)
    return (_decide_any if branch == "any" else _decide_all)(context, _cheapest_first(tree[branch]), voters)


def _cheapest_first(children: Sequence[RuleTree]) -> list[RuleTree]:
    return sorted(children, key=lambda child: any(rules()[leaf["rule"]].COSTLY for _, leaf in leaves(child)))


def _decide_all(context: Context, children: Sequence[RuleTree], voters: Sequence[Voter]) -> list[Decision]:
    """A voter whom one rule refused is not shown to the next."""
    decisions: list[Decision] = [None] * len(voters)
    for child in children:
        left = [n for n, decision in enumerate(decisions) if decision is None]
        _fill_in(decisions, left, decide(context, child, [voters[n] for n in left]) if left else [])
    return decisions


def _decide_any(context: Context, children: Sequence[RuleTree], voters: Sequence[Voter]) -> list[Decision]:
    """A voter whom one rule admitted is not shown to the next; else the most helpful refusal is told."""
    decisions: list[Decision] = [NotEligible() for _ in voters]
    for child in children:
        left = [n for n, decision in enumerate(decisions) if decision is not None]
        answers = decide(context, child, [voters[n] for n in left]) if left else []
        _fill_in(
            decisions, left, [_more_helpful(decisions[n], got) for n, got in zip(left, answers, strict=True)]
        )
    return decisions


def _fill_in(decisions: list[Decision], places: Sequence[int], answers: Sequence[Decision]) -> None:
    for n, answer in zip(places, answers, strict=True):
        decisions[n] = answer


def _more_helpful(one: Decision, other: Decision) -> Decision:
    """Admission before all; else what the voter can do something about; of equals the first that names its rule."""
    if one is None or other is None:
        return None
    better = (_helpfulness(one), bool(one.params)) >= (_helpfulness(other), bool(other.params))
    return one if better else other


def _helpfulness(error: DomainError) -> int:
    return (
        len(_MOST_HELPFUL) - _MOST_HELPFUL.index(type(error))
        if type(error) in _MOST_HELPFUL
        else len(_MOST_HELPFUL)
    )
