"""A process that hosts the echo service: ``python -m tests.component.common.echo PART…``."""

import eventlet

eventlet.monkey_patch()

import os  # noqa: E402
import sys  # noqa: E402

import sqlalchemy as sa  # noqa: E402
from nameko.extensions import DependencyProvider  # noqa: E402

from services.common import outbox  # noqa: E402
from services.common.bus.dependency import BusProvider, DatabaseProvider, Relay  # noqa: E402
from services.common.bus.server import every, handle, serve, serve_batch  # noqa: E402
from services.common.contract import outcome_error, outcome_ok  # noqa: E402
from services.common.database import DatabaseAway  # noqa: E402
from services.common.process import run  # noqa: E402
from services.common.settings import SettingError  # noqa: E402
from services.common.telemetry.logs import request_id  # noqa: E402
from tests.component.common import echo_contract as contract  # noqa: E402
from tests.component.common.echo_tables import HANDLED  # noqa: E402

POISON, BROKEN_DEPENDENCY, REFUSED = 13, 14, 7


class Echo:
    name = "echo"
    database = DatabaseProvider("ECHO_DATABASE_URL")
    relay = Relay("ECHO_DATABASE_URL")
    bus = BusProvider()
    ticks = 0

    @serve(contract.ECHO)
    def echo(self, number):
        if number == REFUSED:
            raise contract.Refused(limit=3)
        if number == POISON:
            raise ValueError("a value nobody may see")
        return {"number": number, "request_id": request_id()}

    @serve(contract.SLEEP)
    def sleep(self, number):
        eventlet.sleep(number)

    @serve(contract.TELL)
    def tell(self, number):
        with self.database.write() as tx:
            outbox.emit(tx, contract.TOLD, {"number": number})
            tx.commit()

    @serve(contract.HINT)
    def hint(self, number):
        self.bus.publish(contract.HINTED, {"number": number})

    @every(0.1)
    def tick(self):
        Echo.ticks += 1
        if Echo.ticks % 2:
            raise RuntimeError("a timer survives this")


class EchoListener:
    name = "listener"
    database = DatabaseProvider("ECHO_DATABASE_URL")

    @handle(contract.TOLD, tries=3, least_pause=0.05)
    def on_told(self, payload, event_id):
        if payload["number"] == POISON:
            raise ValueError("a value nobody may see")
        with self.database.write() as tx:
            if outbox.first_time(tx, event_id):
                tx.conn.execute(sa.insert(HANDLED), {"number": payload["number"], "event_id": event_id})
            tx.commit()


def outcomes(items):
    numbers = [item["number"] for item in items]
    if POISON in numbers:
        raise ValueError("a value nobody may see")
    return [
        outcome_error(contract.Refused(limit=3)) if number == REFUSED else outcome_ok({"number": number})
        for number in numbers
    ]


class EchoKept:
    name = "echo-kept"
    away = 0

    @serve_batch(contract.KEPT)
    def take(self, items):
        if any(item["number"] == BROKEN_DEPENDENCY for item in items) and EchoKept.away < 3:
            EchoKept.away += 1
            raise DatabaseAway
        return outcomes(items)


class EchoQuick:
    name = "echo-quick"

    @serve_batch(contract.QUICK)
    def take(self, items):
        return outcomes(items)


class Late(DependencyProvider):
    def setup(self):
        raise SettingError("ECHO is missing")


class EchoUnset:
    name = "echo-unset"
    late = Late()


class Slow(DependencyProvider):
    def setup(self):
        eventlet.sleep(5.0)


class EchoSlow:
    name = "echo-slow"
    slow = Slow()


PARTS = {
    "unset": EchoUnset,
    "slow": EchoSlow,
    "echo": Echo,
    "listener": EchoListener,
    "kept": EchoKept,
    "quick": EchoQuick,
}

if __name__ == "__main__":
    try:
        code = run("echo", [PARTS[name] for name in sys.argv[1:]], os.environ)
    except SettingError as error:
        print(error, file=sys.stderr)
        code = 2
    sys.stdout.flush()
    os._exit(code)
