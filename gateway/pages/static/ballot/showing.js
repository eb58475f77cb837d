// Questions that are asked only after certain answers: hidden ones are not sent, and keep what was entered in them.
import { amount, answered, chosen, fieldsOf } from "./questions.js";
import { fill } from "./words.js";

function holds(condition, on) {
  if (condition.any_of) return chosen(on).some(({ id }) => condition.any_of.includes(id));
  if (condition.answered) return answered(on);
  const given = amount(on, condition.option);
  return given >= (condition.min ?? -Infinity) && given <= (condition.max ?? Infinity);
}

// The ids of the questions that are asked; one that hangs on a hidden question is hidden too.
function asked(questions) {
  const found = new Map();
  for (const question of questions) {
    const on = question.condition && found.get(question.condition.question);
    if (!question.condition || (on && holds(question.condition, on))) found.set(question.id, question);
  }
  return found;
}

export function conditions(questions, words, say) {
  for (const note of questions.flatMap(({ element }) => [...element.querySelectorAll("[data-onlyif]")])) note.hidden = true;
  let before = null;
  return () => {
    const now = asked(questions);
    for (const question of questions) {
      const shown = now.has(question.id);
      if (before && before.has(question.id) !== shown) {
        say(question.id, fill(shown ? words.appeared : words.vanished, { n: question.number }));
      }
      question.element.hidden = !shown;
      for (const field of fieldsOf(question)) field.disabled = !shown;
    }
    before = now;
  };
}
