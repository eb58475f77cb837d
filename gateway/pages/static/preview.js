// The operator's preview of a ballot: everything moves as it will for voters, nothing is kept or sent.
import { enhance } from "./ballot/enhance.js";
import { questionsIn } from "./ballot/questions.js";

const root = document.querySelector("[data-preview]");
const update = enhance(root, questionsIn(root));
update();
root.addEventListener("input", update);
