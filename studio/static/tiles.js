// The picture at full size, in tiles that are asked for where one looks.
import { picture } from "./api.js";
import { fail } from "./toast.js";

const SIDE = 1024;
const MOST = 24; // kept, each 4 MB
const AT_ONCE = 2;

export class Tiles {
  #kept = new Map(); // "which/column/row" -> bitmap
  #wanted = [];
  #busy = 0;
  #round = 0; // of what is kept; what belongs to an earlier one is thrown away
  #abort = new AbortController();

  /** @param changed called when there is more to draw; size called with the full size */
  constructor(changed, size) {
    this.changed = changed;
    this.sized = size;
    this.id = null;
    this.full = [0, 0];
    this.key = "";
    this.changes = undefined;
  }

  /** Another picture, or another edit of it: what was there of the after is no longer. */
  open(id, full, stored, changes) {
    const key = JSON.stringify([stored, changes]);
    if (id === this.id && key === this.key) return;
    this.drop(id === this.id ? "after" : "");
    Object.assign(this, { id, full, key, changes: structuredClone(changes) });
  }

  /** Forgets tiles whose names begin so. */
  drop(start = "") {
    this.#round += 1;
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#wanted = [];
    for (const [name, bitmap] of this.#kept) {
      if (!name.startsWith(start)) continue;
      bitmap.close();
      this.#kept.delete(name);
    }
  }

  /** Asks for what is missing in a part of the picture (fractions), nearest its middle first. */
  want(seen, kinds) {
    const [wide, high] = this.full;
    const middle = [((seen[0] + seen[2]) / 2) * wide / SIDE - 0.5, ((seen[1] + seen[3]) / 2) * high / SIDE - 0.5];
    const found = [];
    for (let row = Math.floor((seen[1] * high) / SIDE); row * SIDE < seen[3] * high; row++) {
      for (let column = Math.floor((seen[0] * wide) / SIDE); column * SIDE < seen[2] * wide; column++) {
        for (const which of kinds) {
          const name = `${which}/${column}/${row}`;
          const far = Math.hypot(column - middle[0], row - middle[1]);
          if (!this.#kept.has(name)) found.push({ name, which, column, row, far });
        }
      }
    }
    this.#wanted = found.sort((a, b) => a.far - b.far);
    this.#next();
  }

  get waiting() {
    return this.#busy + this.#wanted.length > 0;
  }

  async #next() {
    while (this.#busy < AT_ONCE && this.#wanted.length) {
      const tile = this.#wanted.shift();
      if (!this.#kept.has(tile.name)) this.#fetch(tile);
    }
  }

  async #fetch(tile) {
    const [round, signal] = [this.#round, this.#abort.signal];
    const [x, y] = [tile.column * SIDE, tile.row * SIDE];
    const [width, height] = [Math.min(SIDE, this.full[0] - x), Math.min(SIDE, this.full[1] - y)];
    if (width < 1 || height < 1) return;
    const body = { x, y, width, height };
    if (tile.which === "before") body.before = true;
    else if (this.changes) body.changes = this.changes;
    this.#busy += 1;
    try {
      const { bitmap, headers } = await picture(`pictures/${encodeURIComponent(this.id)}/tile`, body, signal);
      if (round !== this.#round) return bitmap.close();
      this.#kept.set(tile.name, bitmap);
      while (this.#kept.size > MOST) {
        const [oldest] = this.#kept.keys();
        this.#kept.get(oldest).close();
        this.#kept.delete(oldest);
      }
      const full = [Number(headers.get("X-Full-Width")), Number(headers.get("X-Full-Height"))];
      if (full[0] && (full[0] !== this.full[0] || full[1] !== this.full[1])) this.sized(full);
      this.changed();
    } catch (error) {
      if (round === this.#round) fail(error);
    } finally {
      this.#busy -= 1;
      this.#next();
    }
  }

  /** Draws the tiles that are there; `at` is where the whole picture lies on the canvas. */
  draw(context, which, at, pane) {
    const scale = at.w / this.full[0];
    for (const [name, bitmap] of this.#kept) {
      const [kind, column, row] = name.split("/");
      if (kind !== which) continue;
      const [x, y] = [at.x + column * SIDE * scale, at.y + row * SIDE * scale];
      const [w, h] = [bitmap.width * scale, bitmap.height * scale];
      if (x > pane.x + pane.width || y > pane.y + pane.height || x + w < pane.x || y + h < pane.y) continue;
      // On whole pixels, so that at 100 % nothing is resampled.
      context.drawImage(bitmap, Math.round(x), Math.round(y), Math.round(x + w) - Math.round(x), Math.round(y + h) - Math.round(y));
    }
  }
}
