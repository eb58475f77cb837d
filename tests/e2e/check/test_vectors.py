"""The check page's modules against known answers and against the services' own trees, in Chromium."""

import base64

import pytest

from services.common.tlog import ranges
from services.common.tlog.merkle import leaf_hash
from tests.fixtures.merkle_vectors import LEAVES, ROOTS
from tests.fixtures.synthetic_log import Tree, b64

pytestmark = pytest.mark.browser
# Go's golang.org/x/mod/sumdb/note documents this key and note.
VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
SIGNATURE = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
# What each evaluated function begins with.
MODULES = """
  const tlog = await import("/static/check/tlog.js");
  const bytes = await import("/static/check/bytes.js");
  const keys = await import("/static/check/keys.js");
  const note = await import("/static/check/note.js");
  const receipts = await import("/static/check/receipt.js");
  const tiles = await import("/static/check/tiles.js");
  const search = await import("/static/check/search.js");
"""


@pytest.fixture
def run(site, page):
    """`run(body, argument)`: what a function of the modules and the argument `given` returns."""
    page.goto(f"{site.url}/check")

    def evaluate(body: str, given=None):
        return page.evaluate(f"async (given) => {{ {MODULES} {body} }}", given)

    return evaluate


def test_roots_of_the_reference_implementation(run):
    body = """
      const leaves = await Promise.all(given.map((hex) =>
        tlog.leafHash(Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16)))));
      const tile = async () => bytes.concat(...leaves);
      const roots = [bytes.hex(await tlog.emptyRoot())];
      for (let size = 1; size <= leaves.length; size++) roots.push(bytes.hex(await tlog.hashOfRun(tile, 0, size)));
      return roots;"""
    assert run(body, [leaf.hex() for leaf in LEAVES]) == ROOTS


SIZES = [1, 2, 3, 7, 8, 100, 255, 256, 257, 511, 512, 513, 600, 65_535, 65_536, 65_537, 70_000]


@pytest.fixture(scope="module")
def tree() -> Tree:
    return Tree(b"".join(leaf_hash(str(n).encode()) for n in range(max(SIZES))))


def test_proofs_from_tiles_are_those_of_the_services_and_prove(run, tree):
    """For every size: places at every edge, and consistency from every smaller size."""
    served = {
        f"{level}/{at // 8192}": b64(row[at : at + 8192])
        for level, row in enumerate(tree.rows)
        for at in range(0, len(row), 8192)
    }
    asked = []
    for size in SIZES:
        places = sorted(
            {p for p in (0, 1, 254, 255, 256, 511, 512, size // 2, size - 2, size - 1) if 0 <= p < size}
        )
        smaller = [s for s in (0, *SIZES) if s <= size]
        asked.append({"size": size, "root": b64(tree.root(size)), "places": places, "smaller": [
            {"size": s, "root": b64(tree.root(s))} for s in smaller
        ]})  # fmt: skip
    body = """
      const all = new Map(Object.entries(given.served).map(([name, told]) => [name, bytes.fromBase64(told)]));
      const wrong = [];
      const proofs = [];
      for (const { size, root, places, smaller } of given.asked) {
        const tile = async (level, index) => {
          const width = tlog.widthOf(size, level, index);
          if (!width) throw new Error(`no tile ${level}/${index} at ${size}`);
          return all.get(`${level}/${index}`).subarray(0, width * 32);
        };
        const whole = bytes.fromBase64(root);
        const hashes = (runs) => Promise.all(runs.map(([from, to]) => tlog.hashOfRun(tile, from, to)));
        for (const place of places) {
          const runs = tlog.inclusionRuns(place, 0, size);
          const path = await hashes(runs);
          const leaf = await tlog.hashOfRun(tile, place, place + 1);
          const good = await tlog.rootOfPath(leaf, place, size, path);
          if (!good || !bytes.equal(good, whole)) wrong.push(`inclusion ${place} in ${size}`);
          const moved = await tlog.rootOfPath(leaf, place + 1, size, path);
          if (moved && size > 1 && bytes.equal(moved, whole)) wrong.push(`place ${place} of ${size} is not proved`);
          if (path.length && (await tlog.rootOfPath(leaf, place, size, path.slice(1))) !== null) wrong.push("short path");
          proofs.push([size, place, runs]);
        }
        for (const before of smaller) {
          const path = await hashes(tlog.consistencyRuns(before.size, size));
          const old = bytes.fromBase64(before.root);
          if (!(await tlog.isConsistent(before.size, old, size, whole, path))) wrong.push(`${before.size} in ${size}`);
          const other = Uint8Array.from(old, (byte, i) => (i ? byte : byte ^ 1));
          if (before.size && (await tlog.isConsistent(before.size, other, size, whole, path))) wrong.push("any root");
          if (before.size && before.size < size && (await tlog.isConsistent(before.size, old, size, whole, path.slice(1))))
            wrong.push("a short proof");
        }
      }
      return { wrong, proofs };"""
    answer = run(body, {"served": served, "asked": asked})
    assert answer["wrong"] == []
    for size, place, runs in answer["proofs"]:
        assert [tuple(each) for each in runs] == ranges.inclusion(place, size)


def test_consistency_runs_are_those_of_the_services(run):
    body = "return given.map(([before, after]) => tlog.consistencyRuns(before, after));"
    pairs = [
        (m, n) for n in (1, 2, 7, 8, 9, 255, 256, 257, 1000, 65_537) for m in range(1, n, max(1, n // 13))
    ]
    answer = run(body, pairs)
    assert [[tuple(each) for each in runs] for runs in answer] == [ranges.consistency(m, n) for m, n in pairs]


def test_a_known_note_key(run):
    body = """
      const key = await keys.readVkey(given.vkey);
      const signature = bytes.fromBase64(given.signature);
      const message = bytes.utf8(given.text);
      const forged = Uint8Array.from(signature, (byte, i) => (i === 40 ? byte ^ 1 : byte));
      return [key.name, key.id, key.kind, bytes.hex(signature.subarray(0, 4)),
        await keys.verify(key.key, signature.subarray(4), message), await keys.verify(key.key, forged.subarray(4), message),
        await keys.readVkey(given.vkey.replace("c74f20a3", "c74f20a4")), await keys.readVkey("x"), await keys.readVkey("a+b+c")];"""
    answer = run(body, {"vkey": VKEY, "signature": SIGNATURE, "text": TEXT})
    assert answer == ["PeterNeumann", "c74f20a3", 1, "c74f20a3", True, False, None, None, None]


def test_checkpoints_are_read_strictly(run, log):
    good = log.note()
    root = b64(log.tree.root(log.shown))
    head, tail = good.split("\n\n")
    bad = [
        "",
        good.rstrip("\n"),
        good.replace("\n300\n", "\n0300\n"),
        good.replace("\n300\n", "\n-1\n"),
        good.replace("\n300\n", "\n3e2\n"),
        good.replace(root, root[:-4]),
        good.replace("\u2014", "-"),
        good.replace("\n\n", "\n"),
        good.replace("\n300\n", "\n300\r\n"),
        f"{head}\n\n{tail}x\n",
    ]
    assert run("return given.map((each) => note.readCheckpoint(each)?.size ?? null);", [good, *bad]) == [
        300,
        *[None] * len(bad),
    ]
    extended = good.replace("\n\n", "\nan extension\n\n", 1)
    assert run("return note.readCheckpoint(given).size", extended) == 300


def test_receipts_are_read_strictly(run, log):
    receipt = log.receipt(7)
    wrong = [
        {**receipt, "v": 2},
        {**receipt, "v": True},
        {**receipt, "extra": 1},
        {name: value for name, value in receipt.items() if name != "include_within"},
        {**receipt, "leaf_hash": receipt["leaf_hash"][:-1]},
        {**receipt, "poll_id": "../x"},
        {**receipt, "recorded_at": "2026-13-01T00:00:00Z"},
        {**receipt, "include_within": -1},
        {**receipt, "signature": receipt["signature"] + "="},
        [],
        None,
        "x",
    ]
    body = "return [receipts.checked(given.good) !== null, ...given.wrong.map((each) => receipts.checked(each))];"
    assert run(body, {"good": receipt, "wrong": wrong}) == [True, *[None] * len(wrong)]


def test_tiles_are_spelled_as_the_format_says(run):
    assert run("return given.map(tiles.spell);", [0, 999, 1000, 1_234_067]) == [
        "000",
        "999",
        "x001/000",
        "x001/x234/067",
    ]


def test_prefixes_leave_about_a_thousand(run):
    body = (
        "const leaf = new Uint8Array(32).fill(0xab); return given.map((size) => search.prefixOf(leaf, size));"
    )
    assert run(body, [20_000, 255_999, 256_000, 1_000_000, 10_000_000]) == ["a", "a", "ab", "ab", "aba"]


def test_base64_has_one_spelling(run):
    raw = bytes(range(33))
    spelled = base64.b64encode(raw).decode()
    body = "return given.map((each) => bytes.fromBase64(each)?.length ?? null);"
    assert run(body, [spelled, spelled[:-1], spelled + "\n", "AB==", "AA==", "A", "AA=A"]) == [
        33,
        None,
        None,
        None,
        1,
        None,
        None,
    ]
    body = "return given.map((each) => bytes.fromBase64url(each)?.length ?? null);"
    assert run(body, ["AA", "AB", "-_8", "+/8", "AA==", "A"]) == [1, None, 2, None, None, None]
