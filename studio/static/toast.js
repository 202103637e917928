// One line at the bottom: what was done, or why not.
import { get, make } from "./dom.js";
import { on } from "./bus.js";

const LASTS = 5000;
const MOST = 4;

export function toast(text, bad = false) {
  const host = get(bad ? "alerts" : "toasts");
  const close = make("button", { type: "button", textContent: "×", ariaLabel: "Close this message" });
  const node = make("div", { className: bad ? "toast bad" : "toast" }, make("span", { textContent: text }), close);
  close.addEventListener("click", () => node.remove());
  for (const one of [...host.children]) if (one.firstElementChild.textContent === text) one.remove();
  while (host.childElementCount >= MOST) host.firstElementChild.remove();
  host.append(node);
  setTimeout(() => node.remove(), bad ? 2 * LASTS : LASTS);
}

/** Tells an error, but for what was called off and what the banner says already. */
export function fail(error) {
  if (error.name === "AbortError" || error.status === 409 || error.status === 0) return;
  toast(error.message, true);
}

on("server:message", (event) => toast(event.text, event.level === "error"));
