// The second try is over: the ballot it came from is of no use any more.
import { forget } from "./ballots.js";

forget(document.querySelector("[data-voted]").dataset.voted);
