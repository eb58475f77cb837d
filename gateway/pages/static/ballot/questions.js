// The questions of a ballot as the scripts see them: what is asked, and what has been answered so far.
const TICKED = ["options", "yes_no", "knapsack"];

export function questionsIn(root) {
  return [...root.querySelectorAll("[data-question]")].map((element) => ({
    element,
    ...JSON.parse(element.dataset.question),
    order: [...element.querySelectorAll("[data-option]")].map((item) => item.dataset.option),
  }));
}

export const fieldsOf = (question) =>
  [...question.element.querySelectorAll("input, select, textarea")].filter((field) => field.name.startsWith("q."));

// `7` of "7", NaN of what is no number.
export const whole = (text) => (/^\s*\d{1,15}\s*$/.test(text) ? Number(text) : text.trim() === "" ? 0 : NaN);

// The option ids (yes, no, abstain) that are chosen, with their fields: ticked, ranked, or given points.
export function chosen(question) {
  const fields = fieldsOf(question);
  if (TICKED.includes(question.widget)) {
    return fields.filter((field) => field.checked && field.value !== "").map((field) => ({ id: field.value, field }));
  }
  const given = (field) =>
    field.type === "radio" ? field.checked : question.widget === "points" ? whole(field.value) > 0 : field.value.trim() !== "";
  return fields.filter(given).map((field) => ({ id: field.name.split(".")[2] ?? "", field }));
}

export const answered = (question) => chosen(question).length > 0;

// The number, or the score of an option; NaN where there is none.
export function amount(question, option) {
  const found = chosen(question).find(({ id }) => id === (option ?? ""));
  const text = found ? found.field.value.normalize("NFKC").replace("\u2212", "-").replace(/,(?=\d{3})/g, "").trim() : "";
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : NaN;
}
