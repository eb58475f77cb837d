import json

import pytest

from benchmarks import exports

BALLOTS = 2_500


@pytest.mark.parametrize(("form", "parts"), [("pdf", 1), ("pb", 2)])
def test_the_benchmark_of_exports_makes_whole_files_and_sends_them(tmp_path, form, parts):
    made = exports.tally(tmp_path, BALLOTS, form)
    assert made["parts"] == parts
    assert json.loads((tmp_path / f"{form}.0").read_text())["as_of"] == BALLOTS
    assert exports.gateway(tmp_path, form)["size"] == made["size"] > BALLOTS
