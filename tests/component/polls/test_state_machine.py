"""Random lives of polls: whatever is tried, the states, the freezing and the log stay as promised."""

import contextlib
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from services.common.errors import DomainError
from services.polls.contract.errors import (
    NotCertified,
    PollFrozen,
    PollNotFound,
    PublicationBlocked,
    WrongState,
)
from services.polls.usecases import lifecycle
from tests.component.polls.scene import MAPO, SEOUL, Scene

MOVES = {
    "schedule": ({"draft", "scheduled"}, "scheduled"),
    "open": ({"draft", "scheduled"}, "open"),
    "close": ({"open"}, "closed"),
    "publish": ({"closed"}, "published"),
    "cancel": ({"scheduled", "open", "closed"}, "cancelled"),
}
FROZEN = ("open", "closed", "published", "cancelled")


@pytest.fixture
def machine(scene: Scene) -> type[RuleBasedStateMachine]:
    class Lives(PollLives):
        def __init__(self) -> None:
            super().__init__(scene)

    return Lives


def test_lives_of_polls(machine):
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


class PollLives(RuleBasedStateMachine):
    """A model beside the real thing: the state, the certificate and the log's length."""

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self.scene = scene
        self.events = 0

    @initialize()
    def write(self) -> None:
        self.poll = self.scene.draft(opens_at=self.scene.later(hours=1).isoformat())
        self.state, self.entries = "draft", 0
        self.certified: bool | None = None
        self.hash: str | None = None

    @rule(name=st.sampled_from(sorted(MOVES)))
    def move(self, name: str) -> None:
        before, after = MOVES[name]
        expected = self.expected_refusal(name, before)
        refused = self.attempt(lambda: getattr(self.scene, name)(self.poll["id"]))
        assert type(refused) is expected or (refused is None and expected is None)
        if refused is None:
            self.state = after
            self.entries += name != "schedule"

    def expected_refusal(self, name: str, before: set[str]) -> type[DomainError] | None:
        if self.state not in before:
            return WrongState
        if name == "publish" and self.certified is None:
            return NotCertified
        return PublicationBlocked if name == "publish" and not self.certified else None

    @rule(field=st.sampled_from(["title", "notice", "closes_at"]), value=st.integers(2, 50))
    def edit(self, field: str, value: int) -> None:
        new = self.scene.later(days=value).isoformat() if field == "closes_at" else f"글 {value}"
        old = self.scene.get(self.poll["id"], SEOUL)[field]
        refused = self.attempt(lambda: self.scene.patch(self.poll["id"], **{field: new}))
        frozen = (
            self.state in FROZEN and field != "notice" and not (field == "closes_at" and self.state == "open")
        )
        assert type(refused) is (PollFrozen if frozen else type(None))
        if self.state in FROZEN and refused is None and old != new:
            self.entries += 1

    @rule(agreed=st.booleans())
    def certify(self, agreed: bool) -> None:
        self.events += 1
        self.scene.certify(self.poll["id"], agreed, f"{self.poll['id']}{self.events}")
        if self.state in ("closed", "published"):
            self.entries += self.certified != agreed
            self.certified = agreed

    @rule()
    def let_time_pass(self) -> None:
        if self.state == "scheduled":
            self.scene.move_window(self.poll["id"], opens_at=self.scene.later(seconds=-1))
        lifecycle.move_due(self.scene.store)
        if self.state == "scheduled":
            self.state, self.entries = "open", self.entries + 1

    @rule()
    def an_outsider_tries(self) -> None:
        for step in (self.scene.open, self.scene.cancel, self.scene.delete):
            assert self.attempt(lambda step=step: step(self.poll["id"], actor=MAPO)) is not None

    @rule()
    def delete(self) -> None:
        refused = self.attempt(lambda: self.scene.delete(self.poll["id"]))
        assert type(refused) is (WrongState if self.state in FROZEN else type(None))
        if refused is None:
            with contextlib.suppress(PollNotFound):
                self.scene.get(self.poll["id"], SEOUL)
                raise AssertionError("a deleted poll is still there")
            self.write()

    def attempt(self, step: Any) -> DomainError | None:
        try:
            step()
        except DomainError as refused:
            return refused
        return None

    @invariant()
    def is_what_it_should_be(self) -> None:
        poll = self.scene.get(self.poll["id"], SEOUL)
        assert (poll["state"], poll["certified"]) == (self.state, self.certified)
        numbers = [change["number"] for change in self.scene.changes(self.poll["id"], SEOUL)]
        assert numbers == list(range(1, self.entries + 1))
        if self.hash is None:
            self.hash = poll["definition_hash"]
        assert poll["definition_hash"] == self.hash
        assert (self.hash is not None) >= (self.state in ("open", "closed", "published"))
