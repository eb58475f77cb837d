// The whole check of one receipt, without a page: what was found, step by step. Nothing in here knows a language.
//
// A finding is {step, state, word, values}: `state` is good, bad, warn or open (not checked, or not to be said yet); `word`
// names the sentence in the page's words.
import { equal, hex, toBase64url } from "./bytes.js";
import { canVerify, keysFor, readVkey } from "./keys.js";
import { keepCheckpoint, lastCheckpoint, pinKey } from "./memory.js";
import { cosignedBy, readCheckpoint, signedBy } from "./note.js";
import { dueAt, isSigned, leafHashOf } from "./receipt.js";
import { FEW, find } from "./search.js";
import { Log, TileMissing } from "./tiles.js";
import { WIDTH, consistencyRuns, emptyRoot, hashOfRun, inclusionRuns, isConsistent, leafHash, rootOfPath } from "./tlog.js";

export class Check {
  // `site`: where keys and logs are, without a slash at its end. `told` hears of each finding; `now` gives POSIX seconds.
  constructor(receipt, { site = "", told = () => {}, now = () => Date.now() / 1000 } = {}) {
    Object.assign(this, { receipt, site, told, now });
    this.log = new Log(`${site}/log/${encodeURIComponent(receipt.poll_id)}`);
    this.findings = [];
    this.leaf = leafHashOf(receipt);
    this.note = this.seen = this.place = null;
  }

  say(step, state, word, values = {}) {
    const finding = { step, state, word, values };
    this.findings.push(finding);
    this.told(finding);
    return state;
  }

  // Runs every step there can be; the verdict: "proved", "partly", "waiting" or "failed". Throws when the site does not answer.
  async run() {
    this.able = await canVerify();
    if (!this.able) this.say("browser", "warn", "no_ed25519");
    await this.readKeys();
    await this.checkSignature();
    if (await this.checkCheckpoint()) {
      await this.checkWitnesses();
      await this.checkConsistency();
      await this.checkInclusion();
    }
    return this.verdict();
  }

  verdict() {
    const has = (state, step) => this.findings.some((one) => one.state === state && (!step || one.step === step));
    if (has("bad")) return "failed";
    if (!has("good", "inclusion")) return "waiting";
    return has("warn") || has("open", "signature") ? "partly" : "proved";
  }

  async readKeys() {
    const signal = AbortSignal.timeout(20000);
    const answer = await fetch(`${this.site}/api/v1/keys`, { signal, cache: "no-store", credentials: "omit" });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    const told = await answer.json();
    this.receiptKeys = keysFor(told, "receipt");
    this.logKeys = keysFor(told, "log");
    this.witnesses = (await Promise.all((told.witnesses ?? []).map(readVkey))).filter(Boolean);
  }

  async checkSignature() {
    const key = this.receiptKeys.find((one) => one.id === this.receipt.key_id);
    if (!key) return this.say("signature", "bad", "key_unknown", { key: this.receipt.key_id });
    this.checkPin("receipt", key.id, toBase64url(key.key));
    if (!this.able) return this.say("signature", "open", "signature_unchecked");
    const good = await isSigned(this.receipt, key.key);
    return this.say("signature", good ? "good" : "bad", good ? "signature_good" : "signature_bad", { key: key.id });
  }

  // Keys are remembered at first sight, so that another one later does not go unnoticed.
  checkPin(use, id, spelled) {
    const { seen } = pinKey(use, id, spelled);
    if (seen === "changed") this.say("keys", "warn", "key_changed", { key: id });
    if (seen === "another") this.say("keys", "warn", "key_another", { key: id });
  }

  async checkCheckpoint() {
    try {
      this.note = await this.log.checkpoint();
    } catch (error) {
      if (!(error instanceof TileMissing)) throw error;
      this.say("checkpoint", "open", "checkpoint_none");
      this.sayMissing();
      return false;
    }
    this.seen = readCheckpoint(this.note);
    const named = this.seen?.origin.endsWith(`/log/${this.receipt.poll_id}`);
    if (!named) return this.say("checkpoint", "bad", "checkpoint_other") === "good";
    this.log = this.log.at(this.seen.size);
    const values = { size: this.seen.size, origin: this.seen.origin };
    if (!this.able) return this.say("checkpoint", "open", "checkpoint_unchecked", values) === "open";
    const key = await signedBy(this.seen, this.logKeys);
    if (!key) return this.say("checkpoint", "bad", "checkpoint_forged", values) === "good";
    this.checkPin("log", key.id, toBase64url(key.key));
    return this.say("checkpoint", "good", "checkpoint_good", values) === "good";
  }

  async checkWitnesses() {
    if (!this.able) return this.say("witnesses", "open", "witnesses_unchecked");
    if (!this.witnesses.length) return this.say("witnesses", "open", "witnesses_none_asked");
    for (const witness of this.witnesses) this.checkPin(`witness ${witness.name}`, witness.id, hex(witness.key));
    const said = await cosignedBy(this.seen, this.witnesses);
    const agreed = said.filter((one) => one.time !== null);
    this.cosignedAt = agreed.length ? Math.max(...agreed.map((one) => one.time)) : null;
    const values = {
      agreed: agreed.map((one) => ({ name: one.witness.name, time: one.time })),
      silent: said.filter((one) => one.time === null).map((one) => one.witness.name),
      n: agreed.length,
      of: said.length,
    };
    const word = agreed.length ? "witnesses_agree" : "witnesses_silent";
    return this.say("witnesses", agreed.length ? "good" : "open", word, values);
  }

  async checkConsistency() {
    const name = this.seen.origin;
    const last = lastCheckpoint(name);
    const before = last && readCheckpoint(last.note);
    if (!before) {
      keepCheckpoint(name, this.note, this.now());
      return this.say("consistency", "open", "consistency_first");
    }
    const [old, fresh] = before.size <= this.seen.size ? [before, this.seen] : [this.seen, before];
    if (!(await this.extends(old, fresh))) {
      return this.say("consistency", "bad", "consistency_forked", { then: before.size, now: this.seen.size, at: last.at, notes: [last.note, this.note] });
    }
    if (fresh === before && old.size < before.size) return this.say("consistency", "warn", "consistency_older", { then: before.size, at: last.at });
    keepCheckpoint(name, this.note, this.now());
    return this.say("consistency", "good", "consistency_good", { then: before.size, now: this.seen.size, at: last.at });
  }

  async extends(old, fresh) {
    const log = fresh.size === this.log.size ? this.log : this.log.at(fresh.size);
    try {
      const runs = old.size === fresh.size ? [] : consistencyRuns(old.size, fresh.size);
      const path = await Promise.all(runs.map(([from, to]) => hashOfRun(tilesOf(log), from, to)));
      return await isConsistent(old.size, old.root, fresh.size, fresh.root, path);
    } catch (error) {
      if (error instanceof TileMissing) return false;
      throw error;
    }
  }

  async checkInclusion() {
    try {
      this.place = this.seen.size ? await find(this.log, this.leaf) : { index: null, tiles: [] };
      const { index } = this.place;
      if (index === null) return (await this.isWhole()) ? this.sayMissing() : this.sayWrong();
      const path = await Promise.all(inclusionRuns(index, 0, this.seen.size).map(([from, to]) => hashOfRun(tilesOf(this.log), from, to)));
      const root = await rootOfPath(this.leaf, index, this.seen.size, path);
      if (!root || !equal(root, this.seen.root)) return this.sayWrong();
      return this.say("inclusion", "good", "inclusion_good", { place: index + 1, size: this.seen.size, ...this.counts() });
    } catch (error) {
      if (!(error instanceof TileMissing)) throw error;
      return this.say("inclusion", "bad", "tiles_missing");
    }
  }

  // Only what is fetched anew can be called wrong.
  sayWrong() {
    if (this.log.cache === "reload") return this.say("inclusion", "bad", "tiles_wrong");
    this.log = this.log.anew();
    return this.checkInclusion();
  }

  // Whether the fingerprints that were searched are all there are; of a large log only some are fetched.
  async isWhole() {
    const { size, root } = this.seen;
    if (size > FEW * WIDTH) return true;
    return equal(size ? await hashOfRun(tilesOf(this.log), 0, size) : await emptyRoot(), root);
  }

  // Not in the record: whether the promise is broken already, by the witnesses' clocks or only by this one.
  sayMissing() {
    const due = dueAt(this.receipt);
    const notes = this.note ? [this.note] : [];
    if (this.cosignedAt > due) return this.say("inclusion", "bad", "promise_broken", { due, seen: this.cosignedAt, notes });
    if (this.now() > due) return this.say("inclusion", "bad", "promise_late", { due, notes });
    return this.say("inclusion", "open", "promise_open", { due });
  }

  counts() {
    return { bytes: this.log.counter.bytes, files: this.log.counter.files, tiles: this.place.tiles.length };
  }

  // The entry itself, only when the voter asks: fetched among the same tiles. Throws Withheld before results may be seen,
  // TileMissing where it does not have the receipt's fingerprint.
  async entry() {
    const { index, tiles } = this.place;
    const bundles = await Promise.all(tiles.map((tile) => this.log.leaves(tile)));
    const own = bundles[tiles.indexOf(Math.floor(index / WIDTH))][index % WIDTH];
    if (!equal(await leafHash(own), this.leaf)) throw new TileMissing("entry");
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(own));
  }
}

const tilesOf = (log) => (level, index) => log.tile(level, index);
