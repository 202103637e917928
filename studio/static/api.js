// What the page asks the server, and what the server tells by itself.
import { tell } from "./bus.js";

export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function call(method, path, body, options = {}) {
  const request = { method, credentials: "same-origin", ...options };
  if (body !== undefined) {
    request.headers = { "Content-Type": "application/json" };
    request.body = JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch("/api/" + path, request);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    tell("connection", "lost");
    throw new Refused(0, "the studio does not answer");
  }
  if (answer.ok) return answer;
  if (answer.status === 403) tell("connection", "refused");
  let line = answer.statusText || "error " + answer.status;
  try {
    const said = (await answer.json()).error;
    if (typeof said === "string") line = said;
  } catch { /* a plain page: the status says enough */ }
  throw new Refused(answer.status, line);
}

export const read = async (path, options) => (await call("GET", path, undefined, options)).json();

export const send = async (path, body, options) => (await call("POST", path, body, options)).json();

// Of this tab: the server renders the latest that each asks for.
const WINDOW = crypto.getRandomValues(new Uint32Array(2)).join("-");

/** A picture that the server makes: {bitmap, headers}. */
export async function picture(path, body, signal) {
  const answer = await call("POST", path, { ...body, window: WINDOW }, { signal });
  return { bitmap: await createImageBitmap(await answer.blob()), headers: answer.headers };
}

export const thumb = (one, before = false) =>
  `/api/pictures/${encodeURIComponent(one.id)}/thumb?v=${one.thumb}${before ? "&before=1" : ""}`;

// Browsers keep six connections to a server for all tabs together: a tab that nobody sees gives
// its own back, and asks for what it missed when it is seen again.
let source = null;
let retry = 0;
let wait = 1000;
let opened = false;

function listen() {
  clearTimeout(retry);
  if (source !== null || document.hidden) return;
  source = new EventSource("/api/events");
  source.onopen = () => {
    wait = 1000;
    tell("connection", opened ? "again" : "first");
    opened = true;
  };
  source.onmessage = (message) => {
    const event = JSON.parse(message.data);
    tell("server:" + event.kind, event);
  };
  source.onerror = () => {
    silence();
    tell("connection", "lost");
    retry = setTimeout(listen, wait);
    wait = Math.min(2 * wait, 8000);
  };
}

function silence() {
  clearTimeout(retry);
  source?.close();
  source = null;
}

export function start() {
  document.addEventListener("visibilitychange", () => (document.hidden ? silence() : listen()));
  addEventListener("pagehide", silence);
  addEventListener("pageshow", listen);
  listen();
}
