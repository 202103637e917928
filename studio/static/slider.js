// One slider: moved, typed, reset; a mark shows where the prediction was.
import { clamp, make } from "./dom.js";

const STEPS = 1000; // of the track; the value itself moves by the slider's own step

/** How a slider's value lies along its track: kelvin by their logarithm, as eyes see them. */
function scale({ name, low, high }) {
  if (name !== "Temperature") {
    return { to: (value) => (value - low) / (high - low), from: (part) => low + part * (high - low) };
  }
  const [a, b] = [Math.log(low), Math.log(high)];
  return { to: (value) => (Math.log(value) - a) / (b - a), from: (part) => Math.exp(a + part * (b - a)) };
}

function look(name) {
  if (name === "Temperature") return "ramp temperature";
  if (name === "Tint" || name === "ShadowTint") return "ramp tint";
  return /^(SplitToning|ColorGrade).*Hue$/.test(name) ? "ramp hues" : "";
}

export class Slider {
  /**
   * @param about {name, label, low, high, step, decimals, unit} from the session
   * @param acts {move(name, value, done), reset(name, to), neutral(name)}
   */
  constructor(about, acts) {
    this.about = about;
    this.acts = acts;
    this.scale = scale(about);
    const id = "slider-" + about.name;
    this.range = make("input", { type: "range", id, min: "0", max: String(STEPS), step: "any" });
    this.range.setAttribute("aria-describedby", "slider-help");
    this.field = make("input", { type: "text", inputMode: "decimal", autocomplete: "off", ariaLabel: `${about.label}, value` });
    this.bar = make("i");
    this.tick = make("b");
    this.label = make("label", { htmlFor: id, textContent: about.label, title: `${about.label}: double-click for the prediction, Alt and double-click for neutral` });
    this.node = make("div", { className: "slider " + look(about.name) },
      this.label, make("span", { className: "track" }, this.bar, this.tick, this.range), this.field);
    this.#listen();
  }

  format(value) {
    const { decimals, name, low } = this.about;
    const text = value.toFixed(decimals);
    const signed = low < 0 && Number(text) > 0 && name !== "Temperature";
    return signed ? "+" + text : Number(text) === 0 ? (0).toFixed(decimals) : text;
  }

  /** Shows a value, and where the prediction is (null: none). */
  show(value, predicted) {
    this.value = value;
    const part = 100 * clamp(this.scale.to(value), 0, 1);
    this.range.value = (part / 100) * STEPS;
    const unit = this.about.unit ? " " + this.about.unit : "";
    const was = predicted === null || this.#same(value, predicted) ? "" : `, predicted ${this.format(predicted)}`;
    this.range.setAttribute("aria-valuetext", this.format(value) + unit + was);
    if (document.activeElement !== this.field) this.field.value = this.format(value);
    const middle = 100 * clamp(this.scale.to(this.acts.neutral(this.about.name)), 0, 1);
    this.#put(this.bar, Math.min(part, middle), Math.abs(part - middle));
    this.tick.hidden = predicted === null;
    if (predicted !== null) this.#put(this.tick, 100 * clamp(this.scale.to(predicted), 0, 1));
    this.moved = predicted !== null && !this.#same(value, predicted);
    this.node.classList.toggle("moved", this.moved);
  }

  #same(a, b) {
    return Math.abs(a - b) < 0.5 * 10 ** -this.about.decimals;
  }

  // A thumb's middle goes from 7 px to 7 px before the end.
  #put(node, left, width) {
    node.style.left = `calc(7px + (100% - 14px) * ${left / 100})`;
    if (width !== undefined) node.style.width = `calc((100% - 14px) * ${width / 100})`;
  }

  #round(value) {
    const { step, low, high } = this.about;
    return clamp(Number((Math.round(value / step) * step).toFixed(6)), low, high);
  }

  #move(value, done) {
    this.acts.move(this.about.name, value, done);
  }

  #listen() {
    const { range, field, label, about } = this;
    range.addEventListener("input", () => this.#move(this.#round(this.scale.from(range.value / STEPS)), false));
    range.addEventListener("change", () => this.#move(this.value, true));
    range.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
      if (event.key === "Delete" || event.key === "Backspace") this.#reset(event);
      else if (event.ctrlKey || event.metaKey || event.altKey) return;
      else if (by !== undefined) this.#move(this.#round(this.value + by * about.step * (event.shiftKey ? 5 : 1)), true);
      else if (event.key === "Home" || event.key === "End") this.#move(event.key === "Home" ? about.low : about.high, true);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    for (const node of [range, label]) node.addEventListener("dblclick", (event) => this.#reset(event));
    label.addEventListener("click", (event) => event.preventDefault());
    field.addEventListener("focus", () => field.select());
    field.addEventListener("keydown", (event) => {
      const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (event.key === "Enter") this.#typed();
      else if (event.key === "Escape") this.field.value = this.format(this.value);
      else if (by !== undefined) {
        this.#move(this.#round(this.value + by * about.step * (event.shiftKey ? 5 : 1)), true);
        field.value = this.format(this.value);
      } else return;
      event.preventDefault();
      event.stopPropagation();
    });
    field.addEventListener("blur", () => this.#typed());
  }

  #reset(event) {
    event.preventDefault();
    this.acts.reset(this.about.name, event.altKey || event.shiftKey ? "neutral" : "predicted");
  }

  #typed() {
    const { low, high } = this.about;
    const number = Number(this.field.value.trim().replace(",", ".").replace("−", "-"));
    if (this.field.value.trim() !== "" && Number.isFinite(number) && this.field.value !== this.format(this.value)) {
      this.#move(clamp(number, low, high), true);
    }
    this.field.value = this.format(this.value);
  }
}
