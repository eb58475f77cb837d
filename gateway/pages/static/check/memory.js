// What this browser remembers between two checks: keys it has seen, the newest checkpoint of each log, and for each ballot
// its place and the tiles that were fetched for it, so that fetching the same ones again tells nobody more.
const KEYS = "mvoting.check.keys";
const LOG = "mvoting.check.log.";
const PLACES = "mvoting.check.places";
const MOST_PLACES = 100;

function read(name, fallback) {
  try { return JSON.parse(localStorage.getItem(name)) ?? fallback; } catch { return fallback; }
}

function write(name, value) {
  try { localStorage.setItem(name, JSON.stringify(value)); return true; } catch { return false; }
}

// What became of a key since it was first seen here: "first", "same", "changed"; `more`: others of this use were seen before.
export function pinKey(use, id, spelled) {
  const pins = read(KEYS, {});
  const known = pins[use] ?? {};
  if (Object.hasOwn(known, id)) return { seen: known[id] === spelled ? "same" : "changed", before: known[id] };
  const seen = Object.keys(known).length ? "another" : "first";
  write(KEYS, { ...pins, [use]: { ...known, [id]: spelled } });
  return { seen, before: null };
}

// {note, at} of the newest checkpoint that was verified here, or null.
export const lastCheckpoint = (log) => read(LOG + log, null);
export const keepCheckpoint = (log, note, at) => write(LOG + log, { note, at });

export const placeOf = (leaf) => read(PLACES, []).find((one) => one.leaf === leaf) ?? null;

export function keepPlace(leaf, index, tiles) {
  const others = read(PLACES, []).filter((one) => one.leaf !== leaf);
  write(PLACES, [{ leaf, index, tiles }, ...others].slice(0, MOST_PLACES));
}
