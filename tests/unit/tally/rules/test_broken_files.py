"""Files broken in every way that hypothesis finds: each is counted, or refused with a line; none ends in a traceback."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.tally.contract import rules
from services.tally.files import CannotCount, count_file
from services.tally.readers import Malformed
from tests.unit.tally.rules.test_readers import ABIF, PB, SOI

POINTS = PB.replace("approval", "cumulative").replace("vote;age", "vote;points").replace("a;1,2;30", "a;1,2;3,1").replace("b;1;", "b;1;2")  # fmt: skip
ORDINAL = POINTS.replace("cumulative", "ordinal").replace("b;1;2", "b;1;3")
TIED = SOI.replace("3: 2,1", "3: 2,{1,3}")
FILES = {
    ".pb": [PB, POINTS, ORDINAL, PB.replace("rule;greedy", "rule;equalshares/add1")],
    ".soi": [SOI],
    ".toi": [TIED],
    ".abif": [ABIF],
}
RULES = [None, *rules.rules(), '{"rule": "greedy", "budget": 1, "threshold": {"votes": "x"}}', "[]", '{"rule": {}}', "{}"]  # fmt: skip
WORDS = ["", "0", "-1", "9" * 30, "1e9", "NaN", "é", "\ufeff", '"', ";", ",", "{", "}", ":", ">", "=", "/", "\x00", "\r", "VOTES", "PROJECTS", "META", "#", "١", "\u2028", " "]  # fmt: skip


@st.composite
def broken(draw):
    """A good file of some format, altered in a few places: lines left out, repeated or moved, words put in or taken away."""
    suffix = draw(st.sampled_from(sorted(FILES)))
    lines = draw(st.sampled_from(FILES[suffix])).splitlines(keepends=True)
    for _ in range(draw(st.integers(1, 4))):
        if not lines:
            break
        n = draw(st.integers(0, len(lines) - 1))
        line, place = lines[n], draw(st.integers(0, len(lines[n])))
        end = draw(st.integers(place, min(len(line), place + 6)))
        word = draw(st.one_of(st.sampled_from(WORDS), st.text(max_size=3)))
        how = draw(
            st.sampled_from(["drop", "repeat", "move", "replace", "replace", "replace", "field", "field"])
        )
        if how == "drop":
            del lines[n]
        elif how == "repeat":
            lines.insert(draw(st.integers(0, len(lines))), line)
        elif how == "move":
            lines.insert(draw(st.integers(0, len(lines) - 1)), lines.pop(n))
        elif how == "field":
            fields = re.split(r"([;:,>=])", line)
            fields[draw(st.integers(0, len(fields) - 1))] = word
            lines[n] = "".join(fields)
        else:
            lines[n] = line[:place] + word + line[end:]
    return suffix, "".join(lines).encode("utf-8", "surrogatepass")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("broken")


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(election=broken(), rule=st.sampled_from(RULES))
@example(election=(".soi", SOI.replace("ALTERNATIVES: 3", "ALTERNATIVES: 999999999999").encode()), rule=None)
@example(election=(".pb", PB.partition("VOTES")[0].encode() + b"VOTES\nvoter_id;vote\n"), rule="equal_shares")
@example(
    election=(
        ".pb",
        ORDINAL.replace("points", "x").replace("max_length;2", "max_length;9" + "0" * 15).encode(),
    ),
    rule=None,
)
def test_a_broken_file_is_counted_or_refused_with_its_line(
    folder: Path, election: tuple[str, bytes], rule: str | None
):
    suffix, content = election
    path = folder / f"election{suffix}"
    path.write_bytes(content)
    refused = refusal(path, rule)
    assert refused is None or re.match(r"line \d+: .", refused, re.DOTALL)


def refusal(path, rule):
    """What is wrong with the line that is told; None when the file is counted, or well formed and not to be counted so."""
    try:
        assert count_file(path, rule)["ballots"] >= 0
    except Malformed as error:
        return str(error)
    except CannotCount:
        return None
