// Running counters: how many are chosen in all, and of each group or category that has a limit.
import { chosen } from "./questions.js";
import { fill, number } from "./words.js";

function put(counter, text, over) {
  counter.hidden = text === "";
  counter.classList.toggle("over", over);
  counter.textContent = text;
}

// How many are chosen by value of the limit's `by`.
function byValue(limit, picked) {
  const counts = new Map();
  for (const { field } of picked) {
    const value = field.dataset[limit.by];
    if (limit.values.includes(value)) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return counts;
}

const ratio = (n, most, words) => (most === null ? number(n) : fill(words.of, { n: number(n), most: number(most) }));

function eachText(limit, counts, words) {
  const lines = [...counts].map(([value, n]) => `${value} ${ratio(n, limit.most, words)}`);
  return { text: lines.join(" · "), over: limit.most !== null && [...counts.values()].some((n) => n > limit.most) };
}

function allText(limit, counts, words) {
  const sum = [...counts.values()].reduce((a, b) => a + b, 0);
  const parts = limit.most !== null || limit.least ? [ratio(sum, limit.most, words)] : [];
  if (limit.distinct) parts.push(fill(words[`distinct_${limit.by}`], { n: counts.size, most: limit.distinct }));
  const over = (limit.most !== null && sum > limit.most) || (limit.distinct !== null && counts.size > limit.distinct);
  return { text: parts.join(" · "), over };
}

export function counters(question, words, say) {
  const total = question.element.querySelector("[data-counter]");
  const counted = ["options", "knapsack", "ranking"].includes(question.widget) && question.most > 1
    && (question.widget !== "knapsack" || question.most < question.order.length - question.alone);
  const limits = [...question.element.querySelectorAll("[data-limit]")].map((element, n) => ({ element, ...question.rules[n] }));
  let said = null;
  return () => {
    const picked = chosen(question).filter(({ field }) => field.dataset.exclusive === undefined);
    const lines = [];
    if (counted) {
      const text = fill(words.chosen, { n: number(picked.length), most: number(question.most) });
      put(total, text, picked.length > question.most);
      lines.push(text);
    }
    for (const limit of limits) {
      const counts = byValue(limit, picked);
      const { text, over } = limit.each ? eachText(limit, counts, words) : allText(limit, counts, words);
      put(limit.element, text, over);
      if (text && counts.size) lines.push(`${limit.each ? "" : `${limit.named[0]} `}${text}`);
    }
    const sentence = lines.join(", ");
    if (said !== null && said !== sentence) say(`${question.id}-limits`, sentence);
    said = sentence;
  };
}

// An option that can only be chosen alone clears the others, and is cleared by them.
export function exclusives(question) {
  question.element.addEventListener("input", ({ target }) => {
    if (target.type !== "checkbox" || !target.checked) return;
    const alone = target.dataset.exclusive !== undefined;
    for (const { field } of chosen(question)) {
      if (field !== target && (alone || field.dataset.exclusive !== undefined)) field.checked = false;
    }
  });
}
