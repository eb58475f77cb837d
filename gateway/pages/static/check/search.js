// Where a ballot stands in the log, found without telling the server which one is meant: all its fingerprints are fetched where
// that is little, and 63 other tiles with the right one where it is not.
import { equal, fromBase64url, hex } from "./bytes.js";
import { keepPlace, placeOf } from "./memory.js";
import { HASH, WIDTH } from "./tlog.js";
import { tilesFor } from "./tiles.js";

export const FEW = 64;
const CROWD = 1000;
const LONGEST = 4;
const BASE = 16;

// {index, tiles}: place of the leaf hash (index null: nowhere) and the level-0 tiles that were fetched.
export async function find(log, leaf) {
  const bottoms = Math.ceil(log.size / WIDTH);
  if (bottoms <= FEW) return within(log, leaf, range(bottoms));
  const known = placeOf(hex(leaf));
  if (known?.tiles.every((tile) => tile < bottoms)) {
    const again = await within(log, leaf, known.tiles);
    if (again.index !== null) return again;
  }
  return lookedUp(log, leaf);
}

// Looks in these tiles; the tiles above them are fetched for all of them alike.
async function within(log, leaf, tiles) {
  await Promise.all(tilesFor(log.size, tiles).map(({ level, index }) => log.tile(level, index)));
  let index = null;
  for (const tile of tiles) {
    const at = place(await log.tile(0, tile), leaf);
    if (at >= 0) index = tile * WIDTH + at;
  }
  return { index, tiles };
}

function place(bytes, leaf) {
  for (let at = 0; at < bytes.length; at += HASH) {
    if (bytes[at] === leaf[0] && equal(bytes.subarray(at, at + HASH), leaf)) return at / HASH;
  }
  return -1;
}

async function lookedUp(log, leaf) {
  const { entries } = await log.lookup(prefixOf(leaf, log.size));
  const tiles = [...new Set(entries.map(([index]) => Math.floor(index / WIDTH)))].filter((tile) => tile * WIDTH < log.size);
  const own = entries.find(([index, hash]) => index < log.size && equal(fromBase64url(hash) ?? [], leaf));
  if (!own) return { index: null, tiles: [] };
  const mine = Math.floor(own[0] / WIDTH);
  const chosen = shuffled([mine, ...shuffled(tiles.filter((tile) => tile !== mine)).slice(0, FEW - 1)]);
  const found = await within(log, leaf, chosen);
  if (found.index !== null) keepPlace(hex(leaf), found.index, chosen);
  return found;
}

// The longest beginning of the fingerprint that about a thousand ballots still share, in hex digits.
export function prefixOf(leaf, size) {
  let digits = 1;
  while (digits < LONGEST && size / BASE ** (digits + 1) >= CROWD) digits += 1;
  return hex(leaf).slice(0, digits);
}

const range = (count) => Array.from({ length: count }, (_, i) => i);

function shuffled(items) {
  const mixed = [...items];
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = below(i + 1);
    [mixed[i], mixed[j]] = [mixed[j], mixed[i]];
  }
  return mixed;
}

// An even random number below n, from the browser's source for keys.
function below(n) {
  const most = Math.floor(2 ** 32 / n) * n;
  for (;;) {
    const [drawn] = crypto.getRandomValues(new Uint32Array(1));
    if (drawn < most) return drawn % n;
  }
}
