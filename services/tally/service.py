"""nameko entry points of tally, hosted by the process `tally`. Several may run."""

from typing import Any

from services.ballots.contract import SEALED, SEQUENCED
from services.common.bus.dependency import Relay
from services.common.bus.server import every, handle, serve
from services.common.operations.dependency import DeadLetters
from services.polls.contract import POLL_CLOSED, POLL_OPENED, POLL_PUBLISHED
from services.tally import contract
from services.tally.dependencies import (
    DATABASE,
    ApartProvider,
    HintProvider,
    ResultKeysProvider,
    SignerProvider,
    SourcesProvider,
    StoreProvider,
)
from services.tally.usecases import counting, exports, finals, recounting, results, texts


class TallyService:
    """Counts logs and tells results through the embargo gate."""

    name = contract.SERVICE
    store = StoreProvider()
    sources = SourcesProvider()
    hint = HintProvider()
    signer = SignerProvider()
    keys = ResultKeysProvider()
    apart = ApartProvider()
    relay = Relay(DATABASE)
    dead_letters = DeadLetters(DATABASE)

    @serve(contract.GET_RESULTS)
    def get_results(self, poll_id: str) -> dict[str, Any]:
        return results.results(self.store, self.sources, self.keys, poll_id)

    @serve(contract.GET_VISIBILITY)
    def get_visibility(self, poll_id: str) -> dict[str, Any]:
        return results.visible(self.store, self.sources, poll_id)

    @serve(contract.GET_FINAL_RESULT)
    def get_final_result(self, poll_id: str) -> dict[str, Any]:
        return results.final(self.store, self.sources, self.keys, poll_id)

    @serve(contract.EXPORT_RESULTS)
    def export_results(self, **asked: Any) -> dict[str, Any]:
        return exports.export(self.store, self.sources, self.keys, apart=self.apart, **asked)

    @serve(contract.LIST_TEXTS)
    def list_texts(self, **asked: Any) -> dict[str, Any]:
        return texts.list_texts(self.store, self.sources, **asked)

    @serve(contract.RECOUNT)
    def recount(self, poll_id: str) -> dict[str, Any]:
        agreed = recounting.recount(
            self.store, self.sources, self.signer, self.hint, poll_id, apart=self.apart
        )
        return {"agreed": agreed}

    @serve(contract.GET_KEYS)
    def get_keys(self) -> dict[str, Any]:
        return results.public_keys(self.keys)

    @serve(contract.LIST_DEAD_LETTERS)
    def list_dead_letters(self, **asked: Any) -> dict[str, Any]:
        return self.dead_letters.listing(**asked)

    @serve(contract.REPLAY_DEAD_LETTERS)
    def replay_dead_letters(self, **asked: Any) -> dict[str, Any]:
        return self.dead_letters.replay(**asked)

    @serve(contract.DISCARD_DEAD_LETTERS)
    def discard_dead_letters(self, **asked: Any) -> dict[str, Any]:
        return self.dead_letters.discard(**asked)

    @every(15.0)
    def watch_dead_letters(self) -> None:
        self.dead_letters.watch()

    @handle(SEQUENCED)
    def ballots_sequenced(self, payload: dict[str, Any]) -> None:
        counting.catch_up(self.store, self.sources, self.hint, payload["poll_id"], payload["size"])

    @handle(SEALED)
    def ballots_sealed(self, payload: dict[str, Any]) -> None:
        recounting.recount_sealed(
            self.store, self.sources, self.signer, self.hint, payload["poll_id"], apart=self.apart
        )

    @handle(POLL_OPENED)
    def poll_opened(self, payload: dict[str, Any]) -> None:
        counting.notice(self.store, self.sources, self.hint, payload["poll_id"])

    @handle(POLL_CLOSED)
    def poll_closed(self, payload: dict[str, Any]) -> None:
        counting.notice(self.store, self.sources, self.hint, payload["poll_id"])

    @handle(POLL_PUBLISHED)
    def poll_published(self, payload: dict[str, Any]) -> None:
        counting.notice(self.store, self.sources, self.hint, payload["poll_id"])

    @every(2.0)
    def await_missing(self) -> None:
        """Certifies what only lacked cosignatures or scores of sources."""
        recounting.await_missing(self.store, self.sources, self.signer, self.hint, self.apart)

    @every(10.0)
    def keep_up(self) -> None:
        """Makes good what a lost event left undone, and what happened before this process started."""
        recounting.keep_up(self.store, self.sources, self.signer, self.hint, self.apart)

    @every(60.0)
    def watch(self) -> None:
        """Finds the changes of state that no event told of."""
        counting.watch(self.store, self.sources, self.hint)
        finals.watch(self.store, self.keys)
