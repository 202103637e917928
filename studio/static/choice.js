// A slider whose values are words: a list to choose from.
import { make } from "./dom.js";

export class Choice {
  constructor(about, acts) {
    this.about = about;
    this.select = make("select");
    for (const [value, word] of about.choices) this.select.add(new Option(word, String(value)));
    this.node = make("label", { className: "choice" }, make("span", { textContent: about.label }), this.select);
    this.select.addEventListener("change", () => acts.move(about.name, Number(this.select.value), true));
  }

  show(value, predicted) {
    this.select.value = String(value);
    this.moved = predicted !== null && predicted !== value;
  }
}
