// The order of shuffled options belongs to the ballot: an unfinished one comes back as it was.
export function ordersOf(questions) {
  return Object.fromEntries(questions.filter(({ shuffled }) => shuffled).map(({ id, order }) => [id, order]));
}

export function restore(questions, orders) {
  for (const question of questions) {
    const order = question.shuffled && orders?.[question.id];
    if (order) arrange(question, order);
  }
}

// Options within their group, and the groups by their first option. What the order does not know stays where it is, last.
function arrange(question, order) {
  const items = new Map([...question.element.querySelectorAll("[data-option]")].map((item) => [item.dataset.option, item]));
  const known = order.filter((id) => items.has(id));
  const unknown = question.order.filter((id) => !known.includes(id));
  question.order = [...known, ...unknown];
  for (const id of question.order) {
    const item = items.get(id);
    item.parentElement.append(item);
  }
  const groups = new Set(question.order.map((id) => items.get(id).closest("[data-options]")));
  const end = document.createComment("");
  [...groups][0].before(end);
  for (const group of groups) end.before(group);
  end.remove();
}
