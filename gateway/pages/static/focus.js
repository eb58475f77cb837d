// What went wrong is read out first: the summary of problems takes the focus.
const summary = document.querySelector("[data-focus]");
if (summary) summary.focus();
