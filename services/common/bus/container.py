"""nameko's container with what ours needs: the request id in every worker, and no values in nameko's own log lines."""

import logging
from typing import Any

from eventlet.event import Event
from nameko.containers import ServiceContainer

from services.common.telemetry.logs import set_request_id

CONTAINER = "services.common.bus.container.Container"


class Container(ServiceContainer):
    start_failure: Exception | None = None

    def start(self) -> None:
        """Keeps what goes wrong for `raise_start_failure`: eventlet would write its stack, when this greenlet had to wait for it."""
        try:
            super().start()
        except Exception as failure:  # noqa: BLE001 - raised by `raise_start_failure`
            self.start_failure = failure

    def raise_start_failure(self) -> None:
        """Raises what kept the service from starting."""
        if self.start_failure is not None:
            raise self.start_failure

    def _run_worker(self, worker_ctx: Any, handle_result: Any) -> None:
        set_request_id(worker_ctx.data.get("request_id"))
        super()._run_worker(worker_ctx, handle_result)


def config(amqp_uri: str, max_workers: int, environ: dict[str, str]) -> dict[str, Any]:
    """Nameko's configuration; its keys are case-sensitive."""
    return {
        "AMQP_URI": amqp_uri,
        "max_workers": max_workers,
        "SERVICE_CONTAINER_CLS": CONTAINER,
        "environ": environ,
    }


def quiet_nameko() -> None:
    """Our entrypoints tell of failures themselves; nameko would write expected errors as warnings with a stack."""
    logging.getLogger("nameko.containers").setLevel(logging.CRITICAL)


def run_method(
    container: Any, entrypoint: Any, arguments: dict[str, Any], request_id: str | None = None
) -> Any:
    """Runs the service's method in one of the container's workers; returns or raises what it does."""
    done = Event()

    def handle_result(_context: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
        done.send((result, exc_info))
        return result, exc_info

    container.spawn_worker(
        entrypoint, (), arguments, context_data={"request_id": request_id}, handle_result=handle_result
    )
    result, exc_info = done.wait()
    if exc_info is not None:
        raise exc_info[1]
    return result
