"""Notify's entry points."""

from collections.abc import Sequence
from typing import Any

from services.common.bus.server import every, handle, serve
from services.common.operations.dependency import DeadLetters
from services.identity import contract as identity
from services.notify import contract, domain, sending, usecases
from services.notify.dependencies import Office, OfficeProvider
from services.polls import contract as polls


class NotifyService:
    """Messages that reach people, once, within their wishes and the budget."""

    name = contract.SERVICE
    office: Office = OfficeProvider()
    dead_letters = DeadLetters("NOTIFY_DATABASE_URL")

    @serve(contract.SUBSCRIBE)
    def subscribe(self, person_id: str, poll_id: str) -> dict[str, Any]:
        """The person wants to hear of the result."""
        return usecases.subscribe(self.office.wishes, person_id, poll_id)

    @serve(contract.UNSUBSCRIBE)
    def unsubscribe(self, person_id: str, poll_id: str) -> dict[str, Any]:
        """Or no longer."""
        return usecases.unsubscribe(self.office.wishes, person_id, poll_id)

    @serve(contract.GET_SUBSCRIPTION)
    def get_subscription(self, person_id: str, poll_id: str) -> dict[str, Any]:
        """Whether that wish stands."""
        return usecases.get_subscription(self.office.wishes, person_id, poll_id)

    @serve(contract.GET_PREFERENCES)
    def get_preferences(self, person_id: str) -> dict[str, Any]:
        """Whether the person wants no messages."""
        return usecases.get_preferences(self.office.wishes, person_id)

    @serve(contract.SET_PREFERENCES)
    def set_preferences(self, person_id: str, opt_out: bool) -> dict[str, Any]:
        """Remembers that."""
        post = self.office.post
        return usecases.set_preferences(
            self.office.wishes, post.directory, post.addresses, person_id=person_id, opt_out=opt_out
        )

    @serve(contract.SEND_INVITATIONS)
    def send_invitations(
        self, poll_id: str, job_id: str, phones: Sequence[str], language: str
    ) -> dict[str, Any]:
        """Queues invitations; the timer sends them."""
        return usecases.send_invitations(
            self.office.post.queue,
            self.office.wishes,
            self.office.post.addresses,
            region=self.office.settings.phone_region,
            poll_id=poll_id,
            job_id=job_id,
            numbers=phones,
            language=language,
        )

    @serve(contract.GET_DELIVERY_REPORT)
    def get_delivery_report(self, poll_id: str) -> dict[str, Any]:
        """Counts of a poll's messages."""
        return usecases.get_delivery_report(self.office.post.queue, poll_id)

    @serve(contract.LIST_OUTBOX)
    def list_outbox(self, to: str | None, limit: int) -> dict[str, Any]:
        """In development only."""
        settings = self.office.settings
        return usecases.list_outbox(
            self.office.outbox,
            environment=settings.environment,
            region=settings.phone_region,
            to=to,
            limit=limit,
        )

    @serve(contract.LIST_DEAD_LETTERS)
    def list_dead_letters(self, **asked: Any) -> dict[str, Any]:
        """What could not be handled."""
        return self.dead_letters.listing(**asked)

    @serve(contract.REPLAY_DEAD_LETTERS)
    def replay_dead_letters(self, **asked: Any) -> dict[str, Any]:
        """Once more, now that the cause is gone."""
        return self.dead_letters.replay(**asked)

    @serve(contract.DISCARD_DEAD_LETTERS)
    def discard_dead_letters(self, **asked: Any) -> dict[str, Any]:
        """For good, with a reason."""
        return self.dead_letters.discard(**asked)

    @every(15.0)
    def watch_dead_letters(self) -> None:
        """Tells how many there are; finishes discards that a crash cut short."""
        self.dead_letters.watch()

    @handle(identity.CODE_REQUESTED)
    def on_code_requested(self, payload: dict[str, Any]) -> None:
        """Sends at once: somebody waits for it. The timer is there for what fails now."""
        key = usecases.queue_code(self.office.post.queue, payload["challenge_id"])
        sending.send_now(self.office.post, key)

    @handle(polls.POLL_PUBLISHED)
    def on_poll_published(self, payload: dict[str, Any]) -> None:
        """Queues an announcement for everyone subscribed."""
        usecases.queue_announcements(self.office.post.queue, self.office.wishes, payload["poll_id"])

    @every(1.0)
    def send_codes(self) -> bool:
        """Codes whose first attempt failed; they never wait behind others."""
        return sending.send_due(self.office.post, (domain.CODE,), self.office.spread) > 0

    @every(1.0)
    def send_others(self) -> bool:
        """Everything else, batch after batch."""
        return sending.send_due(self.office.post, domain.BULK, self.office.spread) > 0

    @every(10.0)
    def keep_house(self) -> None:
        """What comes due, gets old or was left by the dead."""
        sending.keep_house(self.office.post)
