// What one part of the page tells the others, by name; nobody needs to know who listens.
const bus = new EventTarget();

export const on = (name, listener) => bus.addEventListener(name, (event) => listener(event.detail));

export const tell = (name, detail) => bus.dispatchEvent(new CustomEvent(name, { detail }));
