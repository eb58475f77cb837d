// A log's tiles over HTTP (C2SP tlog-tiles), each fetched once.
import { HASH, WIDTH, inclusionRuns, partsOf, widthOf } from "./tlog.js";

const SECONDS = 20;
const TRIES = 4;
const AT_ONCE = 8;
const PAUSE = 400;

export class TileMissing extends Error {}
export class Withheld extends Error {}

export class Log {
  // `base`: address of the log without a slash at its end; `size`: of the tree whose tiles are wanted; `cache`: whether the
  // browser's own cache may answer for what never changes ("default"), or not ("reload").
  constructor(base, size = 0, counter = { bytes: 0, files: 0 }, cache = "default") {
    Object.assign(this, { base, size, counter, cache });
    this.kept = new Map();
    this.slots = AT_ONCE;
    this.waiting = [];
  }

  // The same log at another size; what was fetched counts together.
  at(size) {
    return new Log(this.base, size, this.counter, this.cache);
  }

  // The same log, everything fetched anew: a tile in the browser's cache may be of a record that was shown before.
  anew() {
    return new Log(this.base, this.size, this.counter, "reload");
  }

  async checkpoint() {
    const found = await this.get("/checkpoint", "no-store");
    if (!found) throw new TileMissing("checkpoint");
    return new TextDecoder("utf-8", { fatal: true }).decode(found);
  }

  async lookup(prefix) {
    const found = await this.get(`/lookup/${prefix}`);
    if (!found) throw new TileMissing("lookup");
    return JSON.parse(new TextDecoder().decode(found));
  }

  tile(level, index) {
    const name = `${level}/${spell(index)}`;
    if (!this.kept.has(name)) this.kept.set(name, this.hashes(level, index));
    return this.kept.get(name);
  }

  async hashes(level, index) {
    const width = widthOf(this.size, level, index);
    if (!width) throw new TileMissing(`tile ${level}/${index}`);
    const found = await this.part(String(level), index, width);
    if (found.length < width * HASH || found.length > WIDTH * HASH || found.length % HASH) throw new TileMissing("its length");
    return found.subarray(0, width * HASH);
  }

  // The leaves of an entry bundle. Throws Withheld while results, and so the entries, are embargoed.
  async leaves(index) {
    const width = widthOf(this.size, 0, index);
    const found = await this.part("entries", index, width);
    const view = new DataView(found.buffer, found.byteOffset, found.length);
    const leaves = [];
    for (let at = 0; at < found.length && leaves.length < width; ) {
      const end = at + 2 + (at + 2 <= found.length ? view.getUint16(at) : Infinity);
      if (end > found.length) throw new TileMissing("cut off");
      leaves.push(found.subarray(at + 2, end));
      at = end;
    }
    if (leaves.length < width) throw new TileMissing("too few entries");
    return leaves;
  }

  // A partial file may be gone once the full one is there.
  async part(kind, index, width) {
    const whole = `/tile/${kind}/${spell(index)}`;
    const found = (width < WIDTH && (await this.get(`${whole}.p/${width}`))) || (await this.get(whole));
    if (!found) throw new TileMissing(whole);
    return found;
  }

  async get(path, cache = this.cache) {
    await this.enter();
    try {
      return await this.fetched(path, cache);
    } finally {
      this.slots += 1;
      this.waiting.shift()?.();
    }
  }

  async enter() {
    while (!this.slots) await new Promise((go) => this.waiting.push(go));
    this.slots -= 1;
  }

  // The bytes; null where there is nothing. What is busy is asked again.
  async fetched(path, cache) {
    for (let left = TRIES; ; left--) {
      try {
        const signal = AbortSignal.timeout(SECONDS * 1000);
        const answer = await fetch(this.base + path, { signal, cache, credentials: "omit" });
        if (answer.ok) return this.counted(new Uint8Array(await answer.arrayBuffer()));
        if (answer.status === 404) return null;
        if (answer.status === 403) throw new Withheld(path);
        if (left === 1) throw new Error(`HTTP ${answer.status}`);
      } catch (error) {
        if (error instanceof Withheld || left === 1) throw error;
      }
      await new Promise((go) => setTimeout(go, PAUSE * (TRIES - left + 1) * (0.5 + Math.random())));
    }
  }

  counted(bytes) {
    this.counter.bytes += bytes.length;
    this.counter.files += 1;
    return bytes;
  }
}

// 1234067 as x001/x234/067.
export function spell(index) {
  const digits = String(index).padStart(Math.ceil(String(index).length / 3) * 3, "0");
  const parts = digits.match(/\d{3}/g);
  return parts.map((part, i) => (i < parts.length - 1 ? "x" : "") + part).join("/");
}

// Every tile that the inclusion path of any leaf of these level-0 tiles needs: the same ones for each leaf of a tile.
export function tilesFor(size, bottoms) {
  const needed = new Map();
  const add = (level, index) => needed.set(`${level}/${index}`, { level, index });
  for (const bottom of bottoms) {
    add(0, bottom);
    for (const [from, to] of inclusionRuns(bottom * WIDTH, 0, size)) {
      for (const part of partsOf(from, to)) add(part.level, part.index);
    }
  }
  return [...needed.values()];
}
