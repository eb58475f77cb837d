"""The entry points of polls, each no more than a way in."""

from typing import Any

from services.ballots import contract as ballots
from services.common.bus.dependency import Relay
from services.common.bus.server import every, handle, serve, serve_batch
from services.common.operations.dependency import DeadLetters
from services.polls import contract
from services.polls.dependencies import Office, OfficeProvider, PassDeskProvider
from services.polls.usecases import drafting, lifecycle, pictures, roll, sources
from services.polls.usecases.issuing import PassDesk
from services.tally import contract as tally

Answer = dict[str, Any]


class PollsService:
    """Definitions, their life, voter rolls and images."""

    name = contract.SERVICE
    office: Office = OfficeProvider()
    relay = Relay("POLLS_DATABASE_URL")
    dead_letters = DeadLetters("POLLS_DATABASE_URL", (contract.ISSUE_PASSES.queue,))

    @serve(contract.CREATE_POLL)
    def create_poll(self, **asked: Any) -> Answer:
        return drafting.create_poll(
            self.office.store, keys=self.office.keys, secure=self.office.secure, **asked
        )

    @serve(contract.UPDATE_POLL)
    def update_poll(self, **asked: Any) -> Answer:
        return drafting.update_poll(
            self.office.store, secure=self.office.secure, witnesses=self.office.settings.witnesses, **asked
        )

    @serve(contract.DELETE_POLL)
    def delete_poll(self, **asked: Any) -> None:
        drafting.delete_poll(self.office.store, **asked)

    @serve(contract.COPY_POLL)
    def copy_poll(self, **asked: Any) -> Answer:
        return drafting.copy_poll(self.office.store, keys=self.office.keys, **asked)

    @serve(contract.GET_POLL)
    def get_poll(self, **asked: Any) -> Answer:
        return drafting.get_poll(self.office.store, **asked)

    @serve(contract.LIST_POLLS)
    def list_polls(self, **asked: Any) -> Answer:
        return drafting.list_polls(self.office.store, **asked)

    @serve(contract.LIST_CHANGES)
    def list_changes(self, **asked: Any) -> Answer:
        return drafting.list_changes(self.office.store, **asked)

    @serve(contract.SCHEDULE_POLL)
    def schedule_poll(self, **asked: Any) -> Answer:
        return lifecycle.schedule_poll(self.office.store, witnesses=self.office.settings.witnesses, **asked)

    @serve(contract.OPEN_POLL)
    def open_poll(self, **asked: Any) -> Answer:
        return lifecycle.open_poll(self.office.store, witnesses=self.office.settings.witnesses, **asked)

    @serve(contract.CLOSE_POLL)
    def close_poll(self, **asked: Any) -> Answer:
        return lifecycle.close_poll(self.office.store, **asked)

    @serve(contract.CANCEL_POLL)
    def cancel_poll(self, **asked: Any) -> Answer:
        return lifecycle.cancel_poll(self.office.store, **asked)

    @serve(contract.PUBLISH_POLL)
    def publish_poll(self, **asked: Any) -> Answer:
        return lifecycle.publish_poll(self.office.store, **asked)

    @serve(contract.GET_DEFINITION)
    def get_definition(self, poll_id: str, actor: Any = None) -> Answer:  # noqa: ARG002 - public once frozen
        return lifecycle.get_definition(self.office.store, poll_id=poll_id)

    @serve(contract.GET_COHORT_CELLS)
    def get_cohort_cells(self, poll_id: str, actor: Any = None) -> Answer:  # noqa: ARG002 - asked by tally only
        return lifecycle.get_cohort_cells(self.office.store, poll_id=poll_id, keys=self.office.keys)

    @serve(contract.ENTER_SOURCE)
    def enter_source(self, **asked: Any) -> Answer:
        return sources.enter_source(self.office.store, **asked)

    @serve(contract.LIST_SOURCES)
    def list_sources(self, **asked: Any) -> Answer:
        return sources.list_sources(self.office.store, **asked)

    @serve(contract.SETTLE_SOURCES)
    def settle_sources(self, poll_id: str, actor: Any = None) -> Answer:  # noqa: ARG002 - for tally alone
        return sources.settle_sources(self.office.store, poll_id=poll_id)

    @serve(contract.GET_KEYS)
    def get_keys(self) -> Answer:
        return {"keys": self.office.public_keys}

    @serve(contract.ADD_IMAGE)
    def add_image(self, **asked: Any) -> Answer:
        office = self.office
        limits, prepare = office.settings.image_limits, office.prepare_image
        return pictures.add_image(
            office.store, objects=office.objects, limits=limits, prepare=prepare, **asked
        )

    @serve(contract.BEGIN_ROLL)
    def begin_roll(self, **asked: Any) -> Answer:
        return roll.begin_roll(self.office.store, tools=self.office.roll_tools, **asked)

    @serve(contract.ADD_ROLL_ROWS)
    def add_roll_rows(self, **asked: Any) -> Answer:
        return roll.add_roll_rows(self.office.store, tools=self.office.roll_tools, **asked)

    @serve(contract.COMMIT_ROLL)
    def commit_roll(self, **asked: Any) -> Answer:
        return roll.commit_roll(self.office.store, **asked)

    @serve(contract.ABANDON_ROLL)
    def abandon_roll(self, **asked: Any) -> Answer:
        return roll.abandon_roll(self.office.store, **asked)

    @serve(contract.GET_ROLL)
    def get_roll(self, **asked: Any) -> Answer:
        return roll.get_roll(self.office.store, **asked)

    @serve(contract.FILTER_ROLL)
    def filter_roll(self, **asked: Any) -> Answer:
        return roll.filter_roll(self.office.store, tools=self.office.roll_tools, **asked)

    @serve(contract.LIST_DEAD_LETTERS)
    def list_dead_letters(self, **asked: Any) -> Answer:
        return self.dead_letters.listing(**asked)

    @serve(contract.REPLAY_DEAD_LETTERS)
    def replay_dead_letters(self, **asked: Any) -> Answer:
        return self.dead_letters.replay(**asked)

    @serve(contract.DISCARD_DEAD_LETTERS)
    def discard_dead_letters(self, **asked: Any) -> Answer:
        return self.dead_letters.discard(**asked)

    @every(15.0)
    def watch_dead_letters(self) -> None:
        self.dead_letters.watch()

    @handle(ballots.DEAD_LETTERS_DISCARDED)
    def note_discarded(self, payload: Answer, event_id: str) -> None:
        lifecycle.note_discarded(self.office.store, event_id=event_id, **payload)

    @handle(tally.CERTIFIED)
    def note_certified(self, payload: Answer, event_id: str) -> None:
        lifecycle.note_certified(self.office.store, event_id=event_id, **payload)

    @every(0.5)
    def move_due(self) -> None:
        lifecycle.move_due(self.office.store, self.office.settings.witnesses)

    @every(10.0)
    def sweep(self) -> bool:
        again = roll.sweep(self.office.store) > 0
        self.office.store.database.truncate_journal()
        return again


class PassIssuer:
    """Ballot passes: stateless, as many processes as are needed."""

    name = f"{contract.SERVICE}-passes"
    desk: PassDesk = PassDeskProvider()

    @serve_batch(contract.ISSUE_PASSES)
    def issue_passes(self, items: list[Any]) -> list[Answer]:
        return self.desk.issue(items)

    @every(15.0)
    def forget_over(self) -> None:
        self.desk.forget_over()
