// What scripts add to a ballot's questions, wherever they stand: counters, lists, questions that come and go.
import { announcer } from "./announce.js";
import { counters, exclusives } from "./limits.js";
import { knapsack, points } from "./purse.js";
import { ranking } from "./ranking.js";
import { conditions } from "./showing.js";

const WIDGETS = { knapsack, points, ranking };

// `root` carries the words (`data-words`); the answer is called after every change of what is entered.
export function enhance(root, questions) {
  const words = JSON.parse(root.dataset.words);
  const say = announcer(root);
  const updates = [];
  for (const question of questions) {
    if (WIDGETS[question.widget]) updates.push(WIDGETS[question.widget](question, words, say));
    if (question.widget === "options" || question.widget === "knapsack") exclusives(question);
    updates.push(counters(question, words, say));
  }
  updates.push(conditions(questions, words, say));
  return () => { for (const update of updates) update(); };
}
