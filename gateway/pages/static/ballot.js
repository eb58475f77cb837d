// The ballot form: survives a reload, keeps its ballot_id so that a retry is the same ballot, and counts choices.
import "./focus.js";
import { forget, keep, kept } from "./ballots.js";

const form = document.querySelector("[data-ballot]");
const pollId = form.dataset.ballot;
const answers = () => [...form.elements].filter((field) => field.name.startsWith("q."));

function entered() {
  return answers()
    .filter((field) => !["radio", "checkbox"].includes(field.type) || field.checked)
    .map((field) => [field.name, field.value])
    .filter(([, value]) => value !== "");
}

function save() {
  const fields = entered();
  if (fields.length) keep(pollId, { ballot_id: form.elements.ballot_id.value, fields });
}

function fill(fields) {
  for (const field of answers()) {
    const values = fields.filter(([name]) => name === field.name).map(([, value]) => value);
    if (["radio", "checkbox"].includes(field.type)) field.checked = values.includes(field.value);
    else field.value = values[0] ?? "";
  }
}

function count(question) {
  const counter = question.querySelector("[data-counter]");
  const most = Number(question.dataset.most);
  const chosen = question.querySelectorAll(":checked").length;
  counter.hidden = false;
  counter.textContent = question.dataset.counted.replace("%(n)s", chosen);
  counter.classList.toggle("over", chosen > most);
}

function countAll() {
  for (const question of form.querySelectorAll("[data-most]")) count(question);
}

// A page that came back with problems shows what was sent; what was entered since, before a reload, is newer.
const found = kept(pollId);
const fresh = form.dataset.fresh === "yes";
if (found && found.fields.length && (fresh || found.ballot_id === form.elements.ballot_id.value)) {
  form.elements.ballot_id.value = found.ballot_id;
  fill(found.fields);
  form.querySelector("[data-restored]").hidden = !fresh;
} else {
  save();
}
for (const question of form.querySelectorAll("[data-most]")) question.querySelector("[data-counter]").setAttribute("aria-live", "polite");
countAll();

form.addEventListener("input", () => { save(); countAll(); });
form.addEventListener("submit", save);
form.querySelector("[data-discard]").addEventListener("click", () => {
  forget(pollId);
  location.assign(`/polls/${encodeURIComponent(pollId)}`);
});
