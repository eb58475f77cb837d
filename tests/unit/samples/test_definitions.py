"""The samples are valid by the very rules that the services apply."""

import io
from collections import Counter, defaultdict
from datetime import UTC, datetime

import phonenumbers
import pytest
from PIL import Image

from deploy.local.samples import accounts, budget, definitions
from deploy.local.samples.participatory import participatory
from services.common.schemas import load
from services.identity.contract import NewProfileSchema
from services.polls.contract import ballot_rules
from services.polls.contract.breakdown import check_breakdown
from services.polls.contract.schemas import PollDraftSchema
from services.tally.contract.rules import check_counting

NOW = datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)
SAMPLES = definitions.samples(participatory(), budget.sample({"MVOTING_DATA": "/nowhere"}))
each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.title)


@each_sample
def test_the_draft_and_every_ballot_are_valid(sample):
    draft = load(PollDraftSchema(), sample.body(NOW))
    assert ballot_rules.check_questions(draft["questions"]) == []
    assert check_counting(draft["questions"]) == []
    assert check_breakdown(draft["breakdown"]) == []
    for ballot in sample.ballots:
        assert ballot_rules.check_ballot(draft["questions"], ballot) == []


@each_sample
def test_what_is_expected_is_what_is_cast(sample):
    draft = load(PollDraftSchema(), sample.body(NOW))
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for ballot in sample.ballots:
        answers = ballot_rules.canonical_answers(draft["questions"], ballot)
        for question, key, more in ballot_rules.count_ballot(draft["questions"], answers):
            counts[question][key] += more
    for result in ballot_rules.summarise(draft["questions"], counts):
        shown = {option["id"]: option["count"] for option in result["options"]}
        assert sample.expected.get(result["id"], shown) == shown
    assert sample.published == bool(sample.expected)


def test_the_indicator_poll_has_the_published_figures():
    happiness = next(sample for sample in SAMPLES if "행복지표" in sample.title)
    assert list(happiness.expected["q1"].values()) == [68, 84, 14, 119]
    assert len(happiness.ballots) == 285


def test_voters_tell_what_a_profile_can_hold_or_nothing():
    told = [accounts.profile(number) for number in range(285)]
    assert [accounts.profile(number) for number in range(285)] == told
    assert sum(not one for one in told) == 71
    assert all(load(NewProfileSchema(), {**one, "consent": True}) for one in told)
    assert {name for one in told for name in one} == {"district", "birth_year", "gender"}


def test_titles_are_different():
    assert len({sample.title for sample in SAMPLES}) == len(SAMPLES) == 7


@each_sample
def test_pictures_are_small_pictures_of_things_that_are_there(sample):
    targets = {option["id"] for question in sample.draft["questions"] for option in question["options"]}
    for target, draw in sample.pictures.items():
        assert target == "poll" or target in targets
        data = draw()
        assert len(data) < 100_000
        with Image.open(io.BytesIO(data)) as picture:
            assert picture.format == "PNG"
            assert picture.size == (960, 600)


def test_every_phone_is_a_valid_number_of_its_own():
    people = [accounts.ADMIN, accounts.OPERATOR, accounts.DISTRICT_OPERATOR, accounts.CITIZEN]
    people += [accounts.voter(number) for number in range(budget.MOST_BALLOTS)]
    assert len(set(people)) == len(people)
    for phone in people:
        assert phonenumbers.is_valid_number(phonenumbers.parse(phone))


def test_the_operator_works_for_two_organisations():
    assert {name for name, phone in accounts.OPERATORS if phone == accounts.OPERATOR} == {"seoul", "gangnam"}


def test_phones_are_shown_as_people_write_them():
    assert accounts.readable("+821012345678") == "010-1234-5678"
