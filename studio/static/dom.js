// Elements made by name. Text from files goes through textContent only, so no name can be markup.

export const get = (id) => document.getElementById(id);

/** An element with properties set and children appended; a child that is a string is text. */
export function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

/** An SVG element with attributes. */
export function draw(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

export function press(button, on) {
  button.setAttribute("aria-pressed", String(Boolean(on)));
}

export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** Says something to screen readers, which nobody else sees. */
export function say(text) {
  get("said").textContent = text;
}

/** Calls `work` once, `wait` milliseconds after the last call. */
export function later(work, wait) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...values), wait);
  };
}

/** What this page remembers between visits; where a browser keeps nothing, the default. */
export function recall(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem("studio." + name)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export function keep(name, value) {
  try {
    localStorage.setItem("studio." + name, JSON.stringify(value));
  } catch { /* a private window: it is forgotten */ }
}
