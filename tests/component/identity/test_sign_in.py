"""Codes: asked for, limited, tried, used up."""

from datetime import timedelta

import pytest

from services.identity import contract
from services.identity.contract import InvalidPhone, TooManyAttempts, TooManyCodes, WrongCode
from services.identity.domain import Limit
from services.identity.storage import tables
from services.identity.usecases import sign_in
from tests.component.identity.scene import ADDRESS, OTHER, PHONE, Scene

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def test_the_right_code_signs_in_and_makes_a_guest(scene: Scene) -> None:
    asked = scene.ask()
    answer = scene.confirm(asked["challenge_id"])

    assert answer["person"]["member"] is False
    assert answer["person"]["phone_hint"] == "5678"
    assert answer["person"]["roles"] == []
    assert answer["person"]["orgs"] == {}
    assert scene.count(tables.person) == 1


def test_the_same_number_is_the_same_person_however_it_is_written(scene: Scene) -> None:
    first = scene.sign_in("010-1234-5678")
    scene.clock.pass_by(minutes=1)
    second = scene.sign_in("+82 10 1234 5678")

    assert first["person"]["id"] == second["person"]["id"]
    assert scene.sid(first) != scene.sid(second)
    assert scene.claims(first)["tag"] == scene.claims(second)["tag"]


def test_a_new_person_has_the_language_of_the_sign_in(scene: Scene) -> None:
    asked = scene.ask(language="en")
    assert scene.confirm(asked["challenge_id"])["person"]["language"] == "en"


def test_a_code_works_once(scene: Scene) -> None:
    asked = scene.ask()
    scene.confirm(asked["challenge_id"])
    with pytest.raises(WrongCode):
        scene.confirm(asked["challenge_id"])


def test_a_code_may_be_typed_with_spaces_and_in_full_width(scene: Scene) -> None:
    asked = scene.ask()
    code = scene.code(asked["challenge_id"])
    full_width = "".join(chr(ord(digit) + 0xFEE0) for digit in code)
    assert scene.confirm(asked["challenge_id"], f" {full_width[:3]} {full_width[3:]} ")["person"]


def test_a_code_is_bound_to_its_challenge(scene: Scene) -> None:
    first, second = scene.ask(PHONE), scene.ask(OTHER)
    with pytest.raises(WrongCode):
        scene.confirm(first["challenge_id"], scene.code(second["challenge_id"]))


def test_a_code_expires_after_three_minutes(scene: Scene) -> None:
    asked = scene.ask()
    assert asked["expires_at"] == scene.clock.now + 3 * MINUTE
    scene.clock.pass_by(minutes=3)
    with pytest.raises(WrongCode):
        scene.confirm(asked["challenge_id"])


@pytest.mark.parametrize("challenge_id", ["", "A" * 22, "nonsense", "a\x00b", "\ud800", "' OR 1=1 --"])
def test_an_unknown_challenge_is_a_wrong_code(scene: Scene, challenge_id: str) -> None:
    with pytest.raises(WrongCode):
        scene.confirm(challenge_id, "123456")


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦x", "\ud800", "null", "-1"])
def test_what_is_no_code_is_a_wrong_code(scene: Scene, code: str) -> None:
    with pytest.raises(WrongCode):
        scene.confirm(scene.ask()["challenge_id"], code)


def test_the_fifth_wrong_try_kills_the_challenge(scene: Scene) -> None:
    challenge_id = scene.ask()["challenge_id"]
    for _ in range(4):
        with pytest.raises(WrongCode):
            scene.confirm(challenge_id, scene.wrong_code(challenge_id))
    with pytest.raises(TooManyAttempts) as dead:
        scene.confirm(challenge_id, scene.wrong_code(challenge_id))
    assert dead.value.params == {"retry_after": 30}
    with pytest.raises(TooManyAttempts):
        scene.confirm(challenge_id)
    assert scene.count(tables.person) == 0


def test_the_fifth_try_may_be_the_right_one(scene: Scene) -> None:
    challenge_id = scene.ask()["challenge_id"]
    for _ in range(4):
        with pytest.raises(WrongCode):
            scene.confirm(challenge_id, scene.wrong_code(challenge_id))
    assert scene.confirm(challenge_id)["person"]
    with pytest.raises(WrongCode):
        scene.confirm(challenge_id)


def test_a_resend_has_to_wait_and_is_told_how_long(scene: Scene) -> None:
    asked = scene.ask()
    assert asked["resend_at"] == scene.clock.now + timedelta(seconds=30)
    scene.clock.pass_by(seconds=12.5)
    with pytest.raises(TooManyCodes) as refused:
        scene.ask()
    assert refused.value.params == {"retry_after": 18}
    scene.clock.pass_by(seconds=17.5)
    assert scene.ask()["challenge_id"] != asked["challenge_id"]


def test_a_refused_request_sends_nothing_and_counts_nothing(scene: Scene) -> None:
    scene.ask()
    before = scene.rows(tables.usage)
    with pytest.raises(TooManyCodes):
        scene.ask()
    assert scene.rows(tables.usage) == before
    assert scene.count(tables.challenge) == scene.count(tables.outbox) == 1


def test_codes_for_one_number_are_limited_within_a_window(scene: Scene) -> None:
    scene = scene.with_policy(codes_per_number=Limit("number", 3, HOUR))
    for _ in range(3):
        scene.ask()
        scene.clock.pass_by(minutes=1)
    with pytest.raises(TooManyCodes) as refused:
        scene.ask()
    assert refused.value.params == {"retry_after": 57 * 60}
    assert scene.ask(OTHER)
    scene.clock.pass_by(minutes=57)
    assert scene.ask()


def test_codes_for_one_address_are_limited_over_all_numbers(scene: Scene) -> None:
    scene = scene.with_policy(codes_per_address=Limit("address", 2, HOUR))
    scene.ask("010-2000-0001")
    scene.ask("010-3000-0001")
    with pytest.raises(TooManyCodes):
        scene.ask("010-4000-0001")
    assert scene.ask("010-4000-0001", address="198.51.100.1")


def test_one_network_of_ipv6_is_one_address(scene: Scene) -> None:
    scene = scene.with_policy(codes_per_address=Limit("address", 1, HOUR))
    scene.ask("010-2000-0001", address="2001:db8:1:2::1")
    with pytest.raises(TooManyCodes):
        scene.ask("010-3000-0001", address="2001:db8:1:2:ffff::9")
    assert scene.ask("010-3000-0001", address="2001:db8:1:3::1")


def test_codes_for_one_prefix_are_limited_over_all_addresses(scene: Scene) -> None:
    scene = scene.with_policy(codes_per_prefix=Limit("prefix", 2, HOUR))
    scene.ask("010-1234-0001", address="198.51.100.1")
    scene.ask("010-1239-0002", address="198.51.100.2")
    with pytest.raises(TooManyCodes):
        scene.ask("010-1235-0003", address="198.51.100.3")
    assert scene.ask("010-1334-0003", address="198.51.100.3")


def test_tries_from_one_address_are_limited_and_refused_ones_count(scene: Scene) -> None:
    scene = scene.with_policy(confirms_per_address=Limit("confirm", 2, HOUR))
    challenge_id = scene.ask()["challenge_id"]
    for _ in range(2):
        with pytest.raises(WrongCode):
            scene.confirm("unknown", "000000")
    with pytest.raises(TooManyAttempts) as refused:
        scene.confirm(challenge_id)
    assert refused.value.params == {"retry_after": 3600}
    assert scene.confirm(challenge_id, address="198.51.100.1")


@pytest.mark.parametrize("phone", ["", "12345", "02-123-4567", "+1 650 253 0000", "010-1234-5678 ext. 9"])
def test_a_number_that_is_not_accepted_leaves_no_trace(scene: Scene, phone: str) -> None:
    with pytest.raises(InvalidPhone):
        scene.ask(phone)
    assert scene.count(tables.usage) == scene.count(tables.challenge) == 0


def test_asking_does_the_same_for_known_and_unknown_numbers(scene: Scene) -> None:
    scene.sign_in(PHONE)
    scene.clock.pass_by(hours=2)

    known = scene.statements(lambda: scene.ask(PHONE))
    unknown = scene.statements(lambda: scene.ask("010-5555-5555"))

    assert known == unknown
    assert not any("person" in statement for statement in known)


def test_a_wrong_code_does_the_same_for_known_and_unknown_numbers(scene: Scene) -> None:
    scene.sign_in(PHONE)
    scene.clock.pass_by(hours=2)
    made = []
    for phone in (PHONE, "010-5555-5555"):
        challenge_id = scene.ask(phone)["challenge_id"]

        def guess(challenge_id: str = challenge_id) -> None:
            with pytest.raises(WrongCode):
                scene.confirm(challenge_id, scene.wrong_code(challenge_id))

        made.append(scene.statements(guess))
    assert made[0] == made[1]
    assert not any("person" in statement for statement in made[0])


def test_notify_is_told_the_challenge_only_and_fetches_the_rest(scene: Scene) -> None:
    asked = scene.ask()
    (event,) = scene.rows(tables.outbox)
    assert event["routing_key"] == contract.CODE_REQUESTED.routing_key
    assert event["payload"] == {"challenge_id": asked["challenge_id"]}

    delivery = sign_in.get_delivery(scene.ctx, asked["challenge_id"])
    assert delivery["phone"] == "+821012345678"
    assert scene.confirm(asked["challenge_id"], delivery["code"])


def test_nothing_is_delivered_for_what_is_over(scene: Scene) -> None:
    used, dead, late = scene.ask("010-2000-0001"), scene.ask("010-3000-0001"), scene.ask("010-4000-0001")
    scene.confirm(used["challenge_id"])
    for _ in range(5):
        with pytest.raises((WrongCode, TooManyAttempts)):
            scene.confirm(dead["challenge_id"], scene.wrong_code(dead["challenge_id"]))
    assert sign_in.get_delivery(scene.ctx, late["challenge_id"])["code"]
    for challenge_id in (used["challenge_id"], dead["challenge_id"], "unknown"):
        delivery = sign_in.get_delivery(scene.ctx, challenge_id)
        assert (delivery["phone"], delivery["code"]) == (None, None)
    scene.clock.pass_by(minutes=3)
    assert sign_in.get_delivery(scene.ctx, late["challenge_id"])["phone"] is None


def test_a_code_is_fetched_a_bounded_number_of_times(scene: Scene) -> None:
    scene = scene.with_policy(max_deliveries=2)
    challenge_id = scene.ask()["challenge_id"]
    fetched = [sign_in.get_delivery(scene.ctx, challenge_id)["phone"] for _ in range(3)]
    assert fetched == ["+821012345678", "+821012345678", None]


def test_no_table_holds_a_phone_an_address_a_code_or_a_tag(scene: Scene) -> None:
    asked = scene.ask()
    code = scene.code(asked["challenge_id"])
    answer = scene.confirm(asked["challenge_id"])
    secrets = (
        "1012345678",
        ADDRESS,
        scene.claims(answer)["tag"],
        answer["refresh_token"],
        answer["access_token"],
    )

    written = [
        str(value)
        for table in tables.metadata.sorted_tables
        for row in scene.rows(table)
        for value in row.values()
    ]

    assert not [value for value in written for secret in secrets if secret in value]
    assert code not in written
