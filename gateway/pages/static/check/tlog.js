// Merkle trees of RFC 6962 and RFC 9162 over tiles of C2SP tlog-tiles. Hashes are Uint8Array of 32 bytes; sizes and indices
// are whole numbers below 2^53.
import { concat, equal } from "./bytes.js";

export const HASH = 32;
export const WIDTH = 256;
const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
export const leafHash = (leaf) => sha256(concat(LEAF, leaf));
export const nodeHash = (left, right) => sha256(concat(NODE, left, right));
export const emptyRoot = () => sha256(new Uint8Array());

// The root that leaf hash, index and path lead to in a tree of this size (RFC 9162 section 2.1.3.2); null: no such path.
export async function rootOfPath(leaf, index, size, path) {
  if (!(index >= 0 && index < size)) return null;
  let [place, last, found] = [index, size - 1, leaf];
  for (const sibling of path) {
    if (last === 0) return null;
    if (odd(place) || place === last) {
      found = await nodeHash(sibling, found);
      while (!odd(place) && place !== 0) [place, last] = [half(place), half(last)];
    } else found = await nodeHash(found, sibling);
    [place, last] = [half(place), half(last)];
  }
  return last === 0 ? found : null;
}

// Whether the tree of size `after` extends the one of size `before` (RFC 9162 section 2.1.4.2).
export async function isConsistent(before, rootBefore, after, rootAfter, path) {
  if (before > after || before < 0) return false;
  if (before === after) return path.length === 0 && equal(rootBefore, rootAfter);
  if (before === 0) return path.length === 0;
  const hashes = isPowerOfTwo(before) ? [rootBefore, ...path] : [...path];
  if (!hashes.length) return false;
  let [place, last] = [before - 1, after - 1];
  while (odd(place)) [place, last] = [half(place), half(last)];
  let [first, second] = [hashes[0], hashes[0]];
  for (const hash of hashes.slice(1)) {
    if (last === 0) return false;
    if (odd(place) || place === last) {
      first = await nodeHash(hash, first);
      second = await nodeHash(hash, second);
      while (!odd(place) && place !== 0) [place, last] = [half(place), half(last)];
    } else second = await nodeHash(second, hash);
    [place, last] = [half(place), half(last)];
  }
  return last === 0 && equal(first, rootBefore) && equal(second, rootAfter);
}

// The runs of leaves [from, to) whose hashes are the inclusion path of a leaf, lowest first (RFC 6962 section 2.1.1).
export function inclusionRuns(index, from, to) {
  if (to - from <= 1) return [];
  const middle = from + split(to - from);
  return index < middle
    ? [...inclusionRuns(index, from, middle), [middle, to]]
    : [...inclusionRuns(index, middle, to), [from, middle]];
}

// The runs whose hashes prove that the first `before` leaves came first (RFC 6962 section 2.1.2).
export function consistencyRuns(before, after) {
  return before === 0 ? [] : subproof(before, 0, after, true);
}

function subproof(before, from, to, whole) {
  if (before === to - from) return whole ? [] : [[from, to]];
  const step = split(to - from);
  const middle = from + step;
  return before <= step
    ? [...subproof(before, from, middle, whole), [middle, to]]
    : [...subproof(before - step, middle, to, false), [from, middle]];
}

// The complete subtrees that a run is made of, each as the tile that has it: {level, index, first, count}.
export function partsOf(from, to) {
  const size = to - from;
  if (!isPowerOfTwo(size)) {
    const middle = from + split(size);
    return [...partsOf(from, middle), ...partsOf(middle, to)];
  }
  let [level, count] = [0, size];
  while (count >= WIDTH) [level, count] = [level + 1, count / WIDTH];
  const first = from / WIDTH ** level;
  return [{ level, index: Math.floor(first / WIDTH), first: first % WIDTH, count }];
}

// The hash of a run of leaves. `tile(level, index)` gives a tile's bytes; throws what it throws, and TileMissing.
export async function hashOfRun(tile, from, to) {
  const size = to - from;
  if (!isPowerOfTwo(size)) {
    const middle = from + split(size);
    return nodeHash(await hashOfRun(tile, from, middle), await hashOfRun(tile, middle, to));
  }
  const [part] = partsOf(from, to);
  return hashInTile(await tile(part.level, part.index), part.first, part.count);
}

async function hashInTile(bytes, first, count) {
  const hashes = [];
  for (let i = first; i < first + count; i++) hashes.push(bytes.subarray(i * HASH, (i + 1) * HASH));
  return top(hashes);
}

async function top(hashes) {
  let row = hashes;
  while (row.length > 1) {
    const above = [];
    for (let i = 0; i < row.length; i += 2) above.push(nodeHash(row[i], row[i + 1]));
    row = await Promise.all(above);
  }
  return row[0];
}

// How many hashes the tile has in a tree of this size; 0: the tree has no such tile.
export function widthOf(size, level, index) {
  const hashes = Math.floor(size / WIDTH ** level);
  return Math.max(0, Math.min(WIDTH, hashes - index * WIDTH));
}

const odd = (n) => n % 2 === 1;
const half = (n) => Math.floor(n / 2);

function isPowerOfTwo(n) {
  let m = n;
  while (m > 1 && !odd(m)) m = half(m);
  return m === 1;
}

// The largest power of two below n.
function split(n) {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}
