// The page "Check my vote": takes a receipt, runs the check, and says what was found in the page's words.
import { receipts } from "../receipts_kept.js";
import { checked, fromFragment, readReceipt } from "./receipt.js";
import { TileMissing, Withheld } from "./tiles.js";
import { Check } from "./verify.js";

const page = document.querySelector("[data-check]");
const words = JSON.parse(page.dataset.words);
const lang = document.documentElement.lang;
const clock = new Intl.DateTimeFormat(lang, { dateStyle: "long", timeStyle: "short", timeZone: "Asia/Seoul" });
const LARGEST_FILE = 100_000;
const COLOURS = { proved: "good", partly: "warn", waiting: "warn", failed: "bad", away: "warn" };
const part = (name) => page.querySelector(`[data-${name}]`);
let current = null;

function fill(pattern, values) {
  return pattern.replace(/%\((\w+)\)s/g, (_, name) => shown(name, values[name]));
}

function shown(name, value) {
  if (["at", "due", "seen", "time"].includes(name)) return clock.format(new Date(value * 1000));
  return typeof value === "number" ? value.toLocaleString(lang) : String(value);
}

function show(element, visible = true) {
  element.hidden = !visible;
}

// Receipts of this browser, each a button.
function listOwn() {
  const own = receipts().filter((one) => checked(one.receipt));
  part("list").replaceChildren(...own.map((one) => {
    const row = part("row").content.cloneNode(true);
    row.querySelector("[data-title]").textContent = one.title;
    row.querySelector("[data-when]").textContent = clock.format(new Date(one.recorded_at));
    row.querySelector("button").addEventListener("click", () => start(one.receipt));
    return row;
  }));
  show(part("own"), own.length > 0);
  show(part("give"));
}

function refuse() {
  part("refused").textContent = words.other.no_receipt;
  show(part("refused"));
}

function take(receipt) {
  if (receipt) start(receipt);
  else refuse();
}

function clear() {
  current = null;
  part("steps").replaceChildren();
  for (const name of ["refused", "evidence", "entry", "entry-shown", "entry-failed", "result"]) show(part(name), false);
  part("fetched").textContent = "";
}

async function start(receipt) {
  clear();
  show(part("give"), false);
  part("busy").textContent = words.other.busy;
  show(part("busy"));
  page.setAttribute("aria-busy", "true");
  const check = new Check(receipt, { told: addStep });
  current = check;
  const verdict = await check.run().catch(() => "away");
  if (current === check) finish(check, verdict);
}

function addStep({ step, state, word, values }) {
  const row = part("step").content.cloneNode(true);
  const badge = row.querySelector("[data-state]");
  badge.textContent = words.states[state];
  badge.classList.add(state);
  row.querySelector("li").dataset.found = word;
  row.querySelector("[data-name]").textContent = words.steps[step];
  row.querySelector("[data-text]").textContent = fill(words.found[word], values);
  const list = row.querySelector("[data-list]");
  list.replaceChildren(...linesOf(values).map((line) => Object.assign(document.createElement("li"), { textContent: line })));
  show(list, list.childElementCount > 0);
  part("steps").append(row);
}

function linesOf({ agreed = [], silent = [] }) {
  return [...agreed.map((one) => fill(words.other.agreed, one)), ...silent.map((name) => fill(words.other.silent, { name }))];
}

function finish(check, verdict) {
  page.removeAttribute("aria-busy");
  show(part("busy"), false);
  part("verdict").className = `note ${COLOURS[verdict]}`;
  part("heading").textContent = words.verdicts[verdict];
  part("about").textContent = titleOf(check.receipt);
  const { bytes, files } = check.log.counter;
  const size = fill(words.other.kilobytes, { n: Math.ceil(bytes / 1000) });
  part("fetched").textContent = fill(words.other.fetched, { files, size, tiles: check.place?.tiles.length ?? 0 });
  showEvidence(check);
  show(part("entry"), check.findings.some((one) => one.word === "inclusion_good"));
  show(part("result"));
  part("heading").focus();
}

function titleOf(receipt) {
  const known = receipts().find((one) => one.ballot_id === receipt.ballot_id);
  return [known?.title ?? receipt.poll_id, clock.format(new Date(receipt.recorded_at)), receipt.ballot_id].join(" · ");
}

// Signed states that contradict the receipt or each other, to look at and to keep.
function showEvidence(check) {
  const notes = check.findings.flatMap((one) => (one.state === "bad" ? one.values.notes ?? [] : []));
  show(part("evidence"), notes.length > 0);
  part("notes").replaceChildren(...notes.map((note) => {
    const box = document.createElement("pre");
    box.textContent = note;
    box.tabIndex = 0;
    box.setAttribute("aria-label", words.other.evidence);
    return box;
  }));
  const document_ = JSON.stringify({ receipt: check.receipt, checkpoints: notes }, null, 2);
  part("save").href = URL.createObjectURL(new Blob([document_], { type: "application/json" }));
}

async function showEntry() {
  const check = current;
  show(part("entry-failed"), false);
  try {
    const entry = await check.entry();
    const poll = await definition(check.receipt.poll_id);
    part("answers").replaceChildren(...answersOf(entry.answers, poll));
    part("entry-id").textContent = entry.ballot_id;
    show(part("entry-shown"));
    part("entry-shown").focus();
  } catch (error) {
    const word = error instanceof Withheld ? "entry_withheld" : error instanceof TileMissing ? "entry_wrong" : "entry_away";
    part("entry-failed").textContent = words.other[word];
    show(part("entry-failed"));
  }
}

// Only to put names to ids; without it the ids are shown.
async function definition(pollId) {
  try {
    const answer = await fetch(`/api/v1/polls/${encodeURIComponent(pollId)}`, { signal: AbortSignal.timeout(10000) });
    return answer.ok ? await answer.json() : { questions: [] };
  } catch { return { questions: [] }; }
}

function answersOf(answers, poll) {
  return Object.entries(answers).flatMap(([id, answer]) => {
    const question = poll.questions.find((one) => one.id === id);
    const [term, told] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = question?.title ?? id;
    const labels = new Map((question?.options ?? []).map((one) => [one.id, one.label]));
    told.textContent = answerText(answer, labels, question?.kind === "ranking");
    return [term, told];
  });
}

function answerText(answer, labels, ranked) {
  const named = (id) => labels.get(id) ?? words.other[id] ?? String(id);
  if (Array.isArray(answer)) return answer.map((id, n) => (ranked ? `${n + 1}. ${named(id)}` : named(id))).join(", ");
  if (answer && typeof answer === "object") {
    if (Object.hasOwn(answer, "sha256")) return words.other.entry_text;
    return Object.entries(answer).map(([id, value]) => `${named(id)}: ${value}`).join(", ");
  }
  return named(answer);
}

part("form").addEventListener("submit", (event) => {
  event.preventDefault();
  take(readReceipt(page.querySelector("#pasted").value));
});
page.querySelector("#file").addEventListener("change", async (event) => {
  const [file] = event.target.files;
  if (file) take(file.size <= LARGEST_FILE ? readReceipt(await file.text()) : null);
  event.target.value = "";
});
part("again").addEventListener("click", () => start(current.receipt));
part("other").addEventListener("click", () => { clear(); listOwn(); page.querySelector("#give").focus(); });
part("open-entry").addEventListener("click", showEntry);

// A receipt in the address is taken out of it at once: it is in nobody's history then.
function fromAddress() {
  if (!location.hash || location.hash === "#main") return false;
  const receipt = fromFragment(location.hash);
  history.replaceState(null, "", location.pathname);
  if (!receipt) return false;
  start(receipt);
  return true;
}

addEventListener("hashchange", fromAddress);
if (!fromAddress()) listOwn();
