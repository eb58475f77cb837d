"""Contracts: what is accepted, what is complained of, and how errors travel."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import fields, validate

from services.common.contract import Batch, Call, Event, error_of, outcome_error, outcome_ok
from services.common.errors import DomainError, InternalError, InvalidInput, Unavailable, from_wire
from services.common.schemas import Flag, Id, Int, LongText, Schema, Text, Utc, complain


class Nope(DomainError):
    code = "nope"


class InnerSchema(Schema):
    kind = fields.String(required=True, validate=validate.OneOf(["a", "b"]))


class ThingSchema(Schema):
    title = Text(required=True, validate=validate.Length(min=1, max=5))
    count = Int(validate=validate.Range(min=1, max=9))
    sure = Flag()
    at = Utc()
    id = Id()
    body = LongText()
    inner = fields.List(fields.Nested(InnerSchema))
    odd = Int(validate=lambda number: number % 2 or (_ for _ in ()).throw(complain("even", number=2)))


CALL = Call("things", "make", ThingSchema, (Nope,))


def complaints(**arguments):
    with pytest.raises(InvalidInput) as refused:
        CALL.load({"title": "x", **arguments})
    return {(error["pointer"], error["code"]) for error in refused.value.errors}


@pytest.mark.parametrize(
    ("arguments", "pointer", "code"),
    [
        ({"title": "too long"}, "/title", "length"),
        ({"title": None}, "/title", "null"),
        ({"title": "a\nb"}, "/title", "characters"),
        ({"title": 5}, "/title", "invalid"),
        ({"count": 0}, "/count", "range"),
        ({"count": "5"}, "/count", "invalid"),
        ({"count": True}, "/count", "invalid"),
        ({"count": 5.0}, "/count", "invalid"),
        ({"count": 2**60}, "/count", "invalid"),
        ({"sure": "true"}, "/sure", "invalid"),
        ({"sure": 1}, "/sure", "invalid"),
        ({"at": "2026-11-21"}, "/at", "invalid"),
        ({"at": "2026-11-21T10:00:00"}, "/at", "invalid"),
        ({"at": 5}, "/at", "invalid"),
        ({"id": "short"}, "/id", "invalid"),
        ({"body": "nul \x00"}, "/body", "characters"),
        ({"inner": [{"kind": "c"}]}, "/inner/0/kind", "choice"),
        ({"inner": [{"kind": "a", "x": 1}]}, "/inner/0/x", "unknown_field"),
        ({"inner": [5]}, "/inner/0", "invalid"),
        ({"odd": 2}, "/odd", "even"),
        ({"a/b~c": 1}, "/a~1b~0c", "unknown_field"),
    ],
)
def test_a_complaint_is_a_code_at_a_pointer(arguments, pointer, code):
    assert (pointer, code) in complaints(**arguments)


def test_a_complaint_has_what_a_sentence_about_it_needs():
    with pytest.raises(InvalidInput) as refused:
        CALL.load({"title": "too long"})
    assert refused.value.errors == [{"pointer": "/title", "code": "length", "params": {"min": 1, "max": 5}}]


@given(st.text(), st.text())
def test_no_complaint_repeats_the_refused_value(title, kind):
    with pytest.raises(InvalidInput) as refused:
        CALL.load({"title": title, "inner": [{"kind": f"secret-{kind}"}], "count": f"secret-{title}"})
    assert "secret-" not in str(refused.value.errors)


def test_text_is_tidied_and_times_are_utc():
    loaded = CALL.load({"title": " 가 ", "body": "a\r\nb ", "at": "2026-11-21T10:00:00+09:00"})
    assert loaded == {"title": "가", "body": "a\nb", "at": datetime(2026, 11, 21, 1, tzinfo=UTC)}


def test_a_field_named_as_a_method_of_mappings_may_be_missing():
    class Limit(Schema):
        values = fields.List(Text())

    assert Call("things", "limit", response=Limit).dump({}) == {}
    assert Call("things", "limit", response=Limit).dump({"values": ["a"]}) == {"values": ["a"]}


def test_a_call_without_a_request_takes_nothing():
    assert Call("things", "list").load({}) == {}
    with pytest.raises(InvalidInput):
        Call("things", "list").load({"x": 1})


def test_names_on_the_bus():
    assert CALL.routing_key == "things.make"
    assert Batch("things", "many").queue == "things.many"
    assert Event("things", "thing.made").routing_key == "things.thing.made"


def test_a_declared_error_travels_and_returns_as_itself():
    error = from_wire(Nope(limit=3).to_wire(), (Nope,))
    assert isinstance(error, Nope)
    assert error.params == {"limit": 3}


@pytest.mark.parametrize("generic", [Unavailable(), InternalError(), InvalidInput([{"pointer": "/x"}])])
def test_generic_errors_need_no_declaration(generic):
    error = from_wire(generic.to_wire())
    assert type(error) is type(generic)
    assert error.params == generic.params


@pytest.mark.parametrize("wire", [{}, {"code": "unheard"}, {"code": None, "params": None}])
def test_anything_else_is_internal(wire):
    assert isinstance(from_wire(wire, (Nope,)), InternalError)


def test_outcomes():
    assert error_of(outcome_ok({"x": 1}), ()) is None
    assert isinstance(error_of(outcome_error(Nope()), (Nope,)), Nope)
    assert isinstance(error_of({}, (Nope,)), InternalError)
