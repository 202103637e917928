// The canvas on which a picture is seen: fitted or zoomed, before and after, wiped or side by side.
import { clamp } from "./dom.js";

/** What is seen of a picture. Places in it are fractions 0..1 of its width and height. */
export class View {
  before = null; // bitmaps
  after = null;
  look = "after"; // before, wipe, side
  wipe = 0.5;
  zoom = "fit"; // or screen pixels for a pixel of the full size
  centre = [0.5, 0.5];
  size = [3, 2]; // full size, pixels
  tiles = null; // draws what is there of the full size
  marks = null; // of clipping, a bitmap over the after
  #asked = false;

  constructor(canvas, drawn) {
    this.canvas = canvas;
    this.drawn = drawn; // called after each drawing
    new ResizeObserver(() => this.resize()).observe(canvas);
  }

  resize() {
    const ratio = devicePixelRatio || 1;
    this.canvas.width = Math.max(1, Math.round(this.canvas.clientWidth * ratio));
    this.canvas.height = Math.max(1, Math.round(this.canvas.clientHeight * ratio));
    this.paint(); // at once: setting the size has emptied it
  }

  /** Where the halves of the canvas are: [{x, y, width, height, which}]. */
  panes() {
    const { width, height } = this.canvas;
    if (this.look !== "side") return [{ x: 0, y: 0, width, height, which: this.look === "before" ? "before" : "after" }];
    if (width < height) {
      const half = Math.floor(height / 2) - 2;
      return [{ x: 0, y: 0, width, height: half, which: "before" }, { x: 0, y: height - half, width, height: half, which: "after" }];
    }
    const half = Math.floor(width / 2) - 2;
    return [{ x: 0, y: 0, width: half, height, which: "before" }, { x: width - half, y: 0, width: half, height, which: "after" }];
  }

  /** The rectangle, in canvas pixels, that the whole picture covers in a pane. */
  placed(pane) {
    const [wide, high] = this.size;
    const fit = Math.min(pane.width / wide, pane.height / high);
    const scale = this.zoom === "fit" ? fit : this.zoom;
    const [w, h] = [wide * scale, high * scale];
    const along = (room, size, centre) =>
      size <= room ? (room - size) / 2 : clamp(room / 2 - centre * size, room - size, 0);
    return { x: pane.x + along(pane.width, w, this.centre[0]), y: pane.y + along(pane.height, h, this.centre[1]), w, h };
  }

  /** A place on the screen (client coordinates) as one in the picture, or null beside it. */
  place(clientX, clientY) {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [(clientX - box.left) * (this.canvas.width / box.width), (clientY - box.top) * (this.canvas.height / box.height)];
    for (const pane of this.panes()) {
      const at = this.placed(pane);
      const [u, v] = [(x - at.x) / at.w, (y - at.y) / at.h];
      const inside = x >= pane.x && x <= pane.x + pane.width && y >= pane.y && y <= pane.y + pane.height;
      if (inside && u >= 0 && u <= 1 && v >= 0 && v <= 1) return [u, v];
    }
    return null;
  }

  /** The part of the picture that is seen, as fractions [left, top, right, bottom]. */
  seen() {
    const pane = this.panes()[0];
    const at = this.placed(pane);
    return [
      clamp((pane.x - at.x) / at.w, 0, 1), clamp((pane.y - at.y) / at.h, 0, 1),
      clamp((pane.x + pane.width - at.x) / at.w, 0, 1), clamp((pane.y + pane.height - at.y) / at.h, 0, 1),
    ];
  }

  /** Moves what is seen by canvas pixels. */
  pan(dx, dy) {
    const at = this.placed(this.panes()[0]);
    const [left, top, right, bottom] = this.seen();
    const half = [(right - left) / 2, (bottom - top) / 2];
    this.centre = [clamp(this.centre[0] - dx / at.w, half[0], 1 - half[0]), clamp(this.centre[1] - dy / at.h, half[1], 1 - half[1])];
    this.draw();
  }

  draw() {
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => this.paint());
  }

  paint() {
    this.#asked = false;
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    for (const pane of this.panes()) {
      if (this.look !== "wipe") {
        this.#part(context, pane, pane.which, pane);
        continue;
      }
      const at = this.placed(pane);
      const [left, right] = [Math.max(at.x, pane.x), Math.min(at.x + at.w, pane.x + pane.width)];
      const edge = left + this.wipe * (right - left);
      this.#part(context, pane, "before", { x: 0, y: 0, width: edge, height: pane.height });
      this.#part(context, pane, "after", { x: edge, y: 0, width: pane.width - edge, height: pane.height });
    }
    this.drawn?.();
  }

  /** The wipe's edge in CSS pixels from the canvas' left, and the span that it moves in. */
  wipeSpan() {
    const pane = this.panes()[0];
    const at = this.placed(pane);
    const ratio = this.canvas.width / this.canvas.clientWidth;
    return [Math.max(at.x, 0) / ratio, Math.min(at.x + at.w, pane.width) / ratio];
  }

  #part(context, pane, which, clip) {
    const bitmap = which === "before" ? this.before : this.after;
    if (bitmap === null) return;
    const at = this.placed(pane);
    context.save();
    context.beginPath();
    context.rect(clip.x, clip.y, clip.width, clip.height);
    context.clip();
    context.imageSmoothingQuality = "high";
    context.imageSmoothingEnabled = !(this.zoom !== "fit" && this.zoom > 1);
    context.drawImage(bitmap, at.x, at.y, at.w, at.h);
    this.tiles?.draw(context, which, at, pane);
    if (which === "after" && this.marks) {
      context.imageSmoothingEnabled = false;
      context.drawImage(this.marks, at.x, at.y, at.w, at.h);
    }
    context.restore();
  }
}
