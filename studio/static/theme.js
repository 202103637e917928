// Dark or light: as the system has it, until it is switched here.
import { get, keep, recall } from "./dom.js";
import { tell } from "./bus.js";

const system = matchMedia("(prefers-color-scheme: light)");
const now = () => recall("theme", null) ?? (system.matches ? "light" : "dark");

function apply() {
  const theme = now();
  document.documentElement.dataset.theme = theme;
  const other = theme === "dark" ? "light" : "dark";
  get("theme").textContent = theme === "dark" ? "☀" : "☾";
  get("theme").title = get("theme").ariaLabel = `Use the ${other} theme`;
  tell("theme", theme); // what is drawn on canvas takes the colours anew
}

export function start() {
  system.addEventListener("change", apply);
  get("theme").addEventListener("click", () => {
    keep("theme", now() === "dark" ? "light" : "dark");
    apply();
  });
  apply();
}
