// Pictures as the server renders them: one on its way at a time, then the latest that is wanted.
import { picture } from "./api.js";
import { fail } from "./toast.js";

export class Renders {
  #wanted = null;
  #busy = false;
  #abort = null;

  /**
   * @param show called with (bitmap, what, headers) for each picture that arrives in time
   * @param busy called with whether one is on its way, or waits
   */
  constructor(show, busy = () => {}) {
    this.show = show;
    this.busy = busy;
  }

  /** Asks for a picture; {id, part: "render" or "tile", body, …}: what comes is shown with it. */
  want(what) {
    this.#wanted = what;
    this.#next();
  }

  /** Nothing that was asked for is shown any more. */
  forget() {
    this.#wanted = null;
    this.#abort?.abort();
  }

  async #next() {
    if (this.#busy) return;
    this.busy(this.#wanted !== null);
    if (this.#wanted === null) return;
    this.#busy = true;
    const what = this.#wanted;
    this.#wanted = null;
    this.#abort = new AbortController();
    try {
      const path = `pictures/${encodeURIComponent(what.id)}/${what.part ?? "render"}`;
      const { bitmap, headers } = await picture(path, what.body, this.#abort.signal);
      if (this.#abort.signal.aborted) bitmap.close();
      else this.show(bitmap, what, headers);
    } catch (error) {
      if (error.name !== "AbortError") what.failed?.(error);
      fail(error);
    }
    this.#busy = false;
    this.#next();
  }
}
