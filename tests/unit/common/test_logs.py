"""Log lines hold what is allowed and nothing else."""

import io
import logging
import sys

import orjson
import pytest

from services.common.telemetry import logs

SECRET = "+821012345678"


@pytest.fixture
def lines():
    """Everything logged in the test, as dictionaries; logging is put back afterwards."""
    root, hook, raising = logging.getLogger(), sys.excepthook, logging.raiseExceptions
    kept = (
        root.handlers[:],
        root.level,
        {name: logging.getLogger(name).level for name in ("services", "gateway")},
    )
    stream = io.StringIO()
    logs.configure("things", "INFO", allow=("thing_id",), stream=stream)
    yield lambda: [orjson.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers, root.level = kept[0], kept[1]
    for name, level in kept[2].items():
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(False)
    sys.excepthook, logging.raiseExceptions = hook, raising
    assert SECRET not in stream.getvalue()


def test_allowed_fields_are_told_and_others_only_named(lines):
    logs.get_logger("x").info("thing made", thing_id="t1", seconds=0.12345678, phone=SECRET, items=[SECRET])
    [line] = lines()
    assert line["message"] == "thing made"
    assert (line["thing_id"], line["seconds"], line["items"]) == ("t1", 0.123457, "list")
    assert line["withheld"] == ["phone"]
    assert (line["service"], line["level"]) == ("things", "INFO")


def test_the_request_id_is_in_every_line(lines):
    logs.set_request_id("r" * 100)
    try:
        logs.get_logger("x").info("something")
    finally:
        logs.set_request_id(None)
    logs.get_logger("x").info("something else")
    first, second = lines()
    assert first["request_id"] == "r" * 64
    assert "request_id" not in second


def test_an_exception_is_told_by_type_and_place(lines):
    try:
        try:
            int(SECRET + "x")
        except ValueError as error:
            raise RuntimeError(SECRET) from error
    except RuntimeError:
        logs.get_logger("x").exception("it failed")
    [line] = lines()
    assert [part["type"] for part in line["error"]] == ["RuntimeError", "ValueError"]
    assert "test_logs.py" in line["error"][0]["frames"][0]


def test_libraries_are_told_by_template_or_place_only(lines):
    logger = logging.getLogger("some.library")
    logger.warning("cannot reach %s", SECRET)
    logger.warning(f"cannot reach {SECRET}")  # noqa: G004 - what libraries do
    logger.info("cannot reach %s", SECRET)
    try:
        int(SECRET + "x")
    except ValueError:
        logger.exception("cannot reach %s", SECRET)
    first, second, third = lines()
    assert first["message"] == "cannot reach %s"
    assert second["message"] == "(library message)"
    assert second["place"].startswith("test_logs:")
    assert third["error"][0]["type"] == "ValueError"


def test_an_uncaught_exception_is_told_without_its_text(lines):
    error = ValueError(SECRET)
    sys.excepthook(ValueError, error, None)
    [line] = lines()
    assert line["message"] == "uncaught exception"
