// What is spent and what is left, of money or points, in a bar that stays in sight.
import { chosen, fieldsOf, whole } from "./questions.js";
import { fill, money, number } from "./words.js";

const pick = (purse, name) => purse.querySelector(`[data-${name}]`);

function draw(purse, spent, most, spentText, leftText) {
  purse.hidden = false;
  purse.classList.toggle("over", spent > most);
  pick(purse, "spent").textContent = spentText;
  pick(purse, "left").textContent = leftText;
  pick(purse, "bar").setAttribute("width", Math.min(100, (100 * spent) / most));
}

function speaker(question, say) {
  let said = null;
  return (sentence) => {
    if (said !== null && said !== sentence) say(`${question.id}-purse`, sentence);
    said = sentence;
  };
}

export function knapsack(question, words, say) {
  const purse = pick(question.element, "purse");
  const tell = speaker(question, say);
  if (!purse) return () => {};
  return () => {
    const spent = chosen(question).reduce((sum, { field }) => sum + Number(field.dataset.cost), 0);
    const left = question.budget - spent;
    const spentText = fill(words.spent, { sum: money(spent), budget: money(question.budget) });
    const leftText = fill(left < 0 ? words.overspent : words.left, { sum: money(Math.abs(left)) });
    draw(purse, spent, question.budget, spentText, leftText);
    for (const field of fieldsOf(question)) {
      const fits = field.checked || Number(field.dataset.cost) <= left;
      const card = field.closest("[data-option]");
      card.classList.toggle("beyond", !fits);
      const note = card.querySelector("[data-nofit]");
      if (note) note.hidden = fits;
    }
    tell(`${spentText}, ${leftText}`);
  };
}

const given = (field) => whole(field.value) || 0;
const isAlone = (field) => field.dataset.exclusive !== undefined;

function step(fields, field, by) {
  if (by > 0) for (const other of fields) if (other !== field && isAlone(other) !== isAlone(field)) other.value = "";
  if (by > 0 && isAlone(field)) for (const other of fields) if (other !== field) other.value = "";
  const points = Math.max(0, given(field) + by);
  field.value = points ? String(points) : "";
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function leftInWords(left, words) {
  if (left < 0) return fill(words.points_over, { n: number(-left) });
  return left ? fill(words.points_left, { n: number(left) }) : words.points_shared;
}

export function points(question, words, say) {
  const purse = pick(question.element, "purse");
  const tell = speaker(question, say);
  const fields = fieldsOf(question);
  for (const button of question.element.querySelectorAll("[data-step]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      if (button.getAttribute("aria-disabled") !== "true") step(fields, button.parentElement.querySelector("input"), Number(button.dataset.step));
    });
  }
  return () => {
    const spent = fields.reduce((sum, field) => sum + given(field), 0);
    const alone = fields.some((field) => isAlone(field) && given(field) > 0);
    const left = alone ? 0 : question.most - spent;
    draw(purse, alone ? question.most : spent, question.most, alone ? "" : fill(words.points_spent, { n: number(spent), most: number(question.most) }), leftInWords(left, words));
    for (const field of fields) {
      const [less, more] = field.parentElement.querySelectorAll("[data-step]");
      const room = alone || isAlone(field) || left > 0;
      less.setAttribute("aria-disabled", String(given(field) === 0));
      more.setAttribute("aria-disabled", String(!room || given(field) >= Number(field.dataset.cap)));
      field.closest("[data-option]").classList.toggle("given", given(field) > 0);
    }
    tell(leftInWords(left, words));
  };
}
