"""Many at once, in threads, on both databases: the limits hold together, not only one by one."""

from collections import Counter
from datetime import timedelta
from functools import partial

from services.identity.domain import Limit
from services.identity.storage import tables
from services.identity.usecases.upkeep import forget_what_is_over
from tests.component.identity.scene import PHONE, Scene, at_once

HOUR = timedelta(hours=1)


def places(number: int) -> list[str]:
    """Addresses of their own: requests from one address wait for each other at its counter, and would race less."""
    return [f"198.51.100.{last}" for last in range(number)]


def test_fifty_wrong_guesses_at_once_have_five_tries_together(scene: Scene) -> None:
    challenge_id = scene.ask()["challenge_id"]
    wrong = scene.wrong_code(challenge_id)

    outcomes = Counter(at_once([partial(scene.confirm, challenge_id, wrong, place) for place in places(50)]))

    assert outcomes == {"wrong_code": 4, "too_many_attempts": 46}
    assert [row["tries"] for row in scene.rows(tables.challenge)] == [5]


def test_the_right_code_many_times_at_once_signs_in_once(scene: Scene) -> None:
    challenge_id = scene.ask()["challenge_id"]
    outcomes = at_once([partial(scene.confirm, challenge_id, address=place) for place in places(20)])
    assert [outcome for outcome in outcomes if outcome != "wrong_code" and isinstance(outcome, dict)]
    assert outcomes.count("wrong_code") == 19
    assert scene.count(tables.session) == 1


def test_of_many_requests_for_one_number_at_once_one_is_granted(scene: Scene) -> None:
    outcomes = at_once([scene.ask] * 30)
    assert outcomes.count("too_many_codes") == 29
    assert scene.count(tables.challenge) == scene.count(tables.outbox) == 1


def test_without_a_pause_requests_at_once_reach_the_number_s_limit_exactly(scene: Scene) -> None:
    scene = scene.with_policy(
        resend_pause=Limit("pause", 1, timedelta()), codes_per_number=Limit("number", 7, HOUR)
    )
    outcomes = at_once([scene.ask] * 30)
    assert outcomes.count("too_many_codes") == 23
    assert scene.count(tables.challenge) == 7


def test_many_numbers_at_once_from_one_address_reach_its_limit_exactly(scene: Scene) -> None:
    scene = scene.with_policy(codes_per_address=Limit("address", 10, HOUR))
    outcomes = at_once([partial(scene.ask, f"010-{2000 + n}-0000") for n in range(30)])
    assert outcomes.count("too_many_codes") == 20
    assert scene.count(tables.challenge) == 10


def test_first_sign_ins_of_one_number_at_once_make_one_person(scene: Scene) -> None:
    scene = scene.with_policy(
        resend_pause=Limit("pause", 1, timedelta()), codes_per_number=Limit("number", 20, HOUR)
    )
    challenges = [scene.ask(PHONE)["challenge_id"] for _ in range(20)]

    answers = at_once(
        [
            partial(scene.confirm, challenge, address=place)
            for challenge, place in zip(challenges, places(20), strict=True)
        ]
    )

    assert len({answer["person"]["id"] for answer in answers}) == 1
    assert scene.count(tables.person) == 1
    assert scene.count(tables.session) == 20


def test_refreshes_with_one_token_at_once_give_one_successor(scene: Scene) -> None:
    token = scene.sign_in()["refresh_token"]
    answers = at_once([lambda: scene.refresh(token)] * 10)
    assert len({answer["refresh_token"] for answer in answers}) == 1
    assert scene.count(tables.refresh_token) == 2
    assert not scene.told


def test_forgetting_beside_requests_holds_nobody_up(scene: Scene) -> None:
    """Counters that are over are taken up again and removed at the same time, in different orders."""
    numbers = [f"010-{2000 + number}-0000" for number in range(12)]
    for number in numbers:
        scene.ask(number)
    scene.clock.pass_by(hours=3)

    requests = [partial(scene.ask, number) for number in numbers]
    outcomes = at_once([*requests, *[partial(forget_what_is_over, scene.ctx)] * 4])

    assert all(isinstance(outcome, dict) for outcome in outcomes[:12])
    assert scene.count(tables.challenge) == 12
