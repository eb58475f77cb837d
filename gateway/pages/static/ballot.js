// The ballot form: survives a reload, and keeps its ballot_id so that a retry is the same ballot. `ballot/` has the rest.
import "./focus.js";
import { forget, keep, kept } from "./ballots.js";
import { enhance } from "./ballot/enhance.js";
import { ordersOf, restore } from "./ballot/order.js";
import { questionsIn } from "./ballot/questions.js";

const form = document.querySelector("[data-ballot]");
const pollId = form.dataset.ballot;
const answers = () => [...form.elements].filter((field) => field.name.startsWith("q."));
const questions = questionsIn(form);

function entered() {
  return answers()
    .filter((field) => !["radio", "checkbox"].includes(field.type) || field.checked)
    .map((field) => [field.name, field.value])
    .filter(([, value]) => value !== "");
}

function save() {
  const fields = entered();
  if (fields.length) keep(pollId, { ballot_id: form.elements.ballot_id.value, fields, orders: ordersOf(questions) });
}

function fill(fields) {
  for (const field of answers()) {
    const values = fields.filter(([name]) => name === field.name).map(([, value]) => value);
    if (["radio", "checkbox"].includes(field.type)) field.checked = values.includes(field.value);
    else field.value = values[0] ?? "";
  }
}

// A page that came back with problems shows what was sent; what was entered since, before a reload, is newer.
const found = kept(pollId);
const fresh = form.dataset.fresh === "yes";
if (found && found.fields.length && (fresh || found.ballot_id === form.elements.ballot_id.value)) {
  form.elements.ballot_id.value = found.ballot_id;
  restore(questions, found.orders);
  fill(found.fields);
  form.querySelector("[data-restored]").hidden = !fresh;
} else {
  save();
}
const update = enhance(form, questions);
update();

form.addEventListener("input", () => { update(); save(); });
form.addEventListener("submit", save);
form.querySelector("[data-discard]").addEventListener("click", () => {
  forget(pollId);
  location.assign(`/polls/${encodeURIComponent(pollId)}`);
});
