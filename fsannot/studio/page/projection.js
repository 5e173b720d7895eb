// @ts-check
/** The Projection View: thumbnails at their places, and the gestures made on them. */

import { pixel, colorOf, themeColor } from "./colors.js";
import { Raster } from "./raster.js";
import { HEIGHT, SIDE, View, WIDTH } from "./view.js";

const CLICK = 4; // pixels a hand may slip in a click
const POINTABLE = 16; // visible pixels one can point at
const GLIDE = 450; // milliseconds
const WHEEL = 1.0015;
const RADIUS = 800; // pixels of drag that are a cosine distance of 1

/** @typedef {import("./view.js").Box} Box */
/** @typedef {{kind: "box", box: Box, view: View} | {kind: "one", row: number} | {kind: "similar", row: number, rows: number[], reach: number}} Pick
 *  a box is in pixels of the view it was drawn in */
/** @typedef {{
 *   select: () => void, hover: (row: number) => void, open: (row: number) => void, view: () => void,
 *   similar: (row: number) => Promise<{rows: Int32Array, distances: Float32Array} | null>,
 * }} Told */

export class Projection {
  /** @param {HTMLCanvasElement} canvas  @param {HTMLCanvasElement} overlay
   * @param {import("./model.js").Model} model  @param {import("./tiles.js").Tiles} tiles  @param {Told} told */
  constructor(canvas, overlay, model, tiles, told) {
    this.canvas = canvas;
    this.overlay = overlay;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
    this.lines = /** @type {CanvasRenderingContext2D} */ (overlay.getContext("2d"));
    this.model = model;
    this.told = told;
    this.raster = new Raster();
    this.view = View.overview();
    /** @type {Pick[]} */
    this.picks = [];
    this.hovered = -1;
    this.cursor = -1;
    /** @type {number | null} anchor of a box drawn with keys */
    this.anchor = null;
    /** @type {Box | null} pixels of the view */
    this.rubber = null;
    /** @type {{row: number, reach: number, rows: number[]} | null} */
    this.radius = null;
    this.frames = 0;
    this.waiting = false;
    this.places = new Float32Array();
    /** @type {import("./raster.js").Scene} */
    this.scene = {
      order: model.order, flags: model.flags, labels: model.labels, marked: new Uint8Array(),
      tiles, colors: new Uint32Array(), labelled: "show", background: 0, missing: 0, mark: 0, badges: true,
    };
    this.theme();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.theme());
    this.#listen();
  }

  theme() {
    this.scene.background = pixel(themeColor("--canvas"));
    this.scene.missing = pixel(themeColor("--missing"));
    this.scene.mark = pixel(themeColor("--mark"));
    this.redraw();
  }

  /** Draw what the model holds now.
   * @param {Float32Array} [before]  places to glide from */
  update(before) {
    const { model, scene } = this;
    scene.order = model.order;
    scene.flags = model.flags;
    scene.labels = model.labels;
    scene.colors = Uint32Array.from(model.header.classes, (_, k) => pixel(colorOf(k)));
    if (before && before.length && !matchMedia("(prefers-reduced-motion: reduce)").matches) this.#glide(before);
    else this.places = model.points;
    this.raster.prepare(scene, this.places);
    this.mark();
  }

  /** @param {Float32Array} before */
  #glide(before) {
    const to = this.model.points;
    const start = performance.now();
    const step = () => {
      if (this.model.points !== to) return; // another layout came meanwhile
      const t = Math.min((performance.now() - start) / GLIDE, 1);
      if (t >= 1) {
        this.places = to;
      } else {
        const ease = t * t * (3 - 2 * t);
        this.places = Float32Array.from(to, (p, k) => (k < before.length && before[k] ? before[k] + (p - before[k]) * ease : p));
        requestAnimationFrame(step);
      }
      this.raster.prepare(this.scene, this.places);
      this.redraw();
    };
    step();
  }

  redraw() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.draw();
    });
  }

  draw() {
    const { scene } = this;
    if (scene.marked.length < this.model.labels.length) this.mark();
    this.raster.draw(scene, this.view);
    this.context.putImageData(this.raster.image, 0, 0);
    scene.tiles.want(this.raster.visible);
    this.#drawLines();
    this.frames++;
  }

  #drawLines() {
    const { lines, view } = this;
    lines.clearRect(0, 0, WIDTH, HEIGHT);
    lines.lineWidth = 2;
    lines.strokeStyle = themeColor("--mark");
    for (const pick of this.picks) {
      if (pick.kind !== "box") continue;
      const [x0, y0, x1, y1] = view.toView(pick.view.toOverview(pick.box));
      lines.strokeRect(x0, y0, x1 - x0, y1 - y0);
    }
    lines.setLineDash([8, 4]);
    if (this.rubber) {
      const [x0, y0, x1, y1] = this.rubber;
      lines.strokeRect(x0, y0, x1 - x0, y1 - y0);
    }
    lines.setLineDash([]);
    const highlight = this.model.header.highlight;
    if (typeof highlight === "number") this.#outline(highlight, 6, true);
    if (this.hovered >= 0) this.#outline(this.hovered, 3, false);
    if (this.cursor >= 0) this.#outline(this.cursor, 4, true);
    if (this.radius) {
      const [x, y] = this.at(this.radius.row);
      lines.beginPath();
      lines.arc(x, y, this.radius.reach, 0, 2 * Math.PI);
      lines.stroke();
    }
  }

  /** @param {number} row  @param {number} width  @param {boolean} twice */
  #outline(row, width, twice) {
    const [x, y] = this.at(row);
    const { lines } = this;
    lines.lineWidth = width;
    lines.strokeStyle = themeColor("--mark");
    lines.strokeRect(x - SIDE / 2 - width / 2, y - SIDE / 2 - width / 2, SIDE + width, SIDE + width);
    if (twice) {
      lines.lineWidth = 2;
      lines.strokeStyle = themeColor("--panel");
      lines.strokeRect(x - SIDE / 2 - width - 1, y - SIDE / 2 - width - 1, SIDE + 2 * width + 2, SIDE + 2 * width + 2);
    }
  }

  /** Place of a thumbnail in this view. @param {number} row  @returns {[number, number]} */
  at(row) {
    const { zoom, x, y } = this.view;
    return [
      Math.floor((this.places[2 * row] - x) * zoom + 0.5),
      Math.floor((this.places[2 * row + 1] - y) * zoom + 0.5),
    ];
  }

  // -- selection ---------------------------------------------------------------------------------------------

  /** Unlabelled rows whose places lie in a box of a view. @param {Box} box  @param {View} view */
  inside(box, view) {
    const { flags, labels } = this.scene;
    // a session without views takes places as they are, not the pixels they are shown at
    const exact = !this.model.header.view;
    const [x0, y0, x1, y1] = exact ? view.toOverview(box).map(Math.fround) : box;
    const { zoom, x, y } = view;
    const found = [];
    for (let i = 0; i < labels.length; i++) {
      if (!(flags[i] & 1) || labels[i] >= 0) continue;
      let px = this.places[2 * i];
      let py = this.places[2 * i + 1];
      if (!exact) {
        px = Math.floor((px - x) * zoom + 0.5);
        py = Math.floor((py - y) * zoom + 0.5);
      }
      if (px >= x0 && px <= x1 && py >= y0 && py <= y1) found.push(i);
    }
    return found;
  }

  /** Mark what is selected. */
  mark() {
    const marked = new Uint8Array(this.model.labels.length);
    for (const pick of this.picks) {
      if (pick.kind === "box") for (const row of this.inside(pick.box, pick.view)) marked[row] = 1;
      else if (pick.kind === "one") marked[pick.row] = 1;
      else for (const row of [pick.row, ...pick.rows]) marked[row] = 1;
    }
    if (this.rubber) for (const row of this.inside(this.rubber, this.view)) marked[row] = 1;
    if (this.radius) for (const row of [this.radius.row, ...this.radius.rows]) marked[row] = 1;
    this.scene.marked = marked;
    this.redraw();
  }

  /** @returns {number} how many thumbnails are selected */
  get count() {
    let n = 0;
    for (const m of this.scene.marked) n += m;
    return n;
  }

  /** @param {Pick[]} picks */
  select(picks) {
    this.picks = picks;
    this.mark();
    this.told.select();
  }

  /** Show, dim or hide what is labelled. @param {"show" | "dim" | "hide"} how */
  showLabelled(how) {
    this.scene.labelled = how;
    this.raster.prepare(this.scene, this.places);
    this.redraw();
  }

  /** Show the view the session has. @param {View} view */
  adopt(view) {
    if (view.equals(this.view)) return;
    this.view = view;
    this.redraw();
  }

  /** @param {View} view */
  show(view) {
    this.view = view;
    this.redraw();
    this.told.view();
  }

  /** How many thumbnails have a visible pixel. */
  get seen() {
    let n = 0;
    for (const v of this.raster.visible) n += v > 0 ? 1 : 0;
    return n;
  }

  /** @param {number} row */
  hover(row) {
    if (row === this.hovered) return;
    this.hovered = row;
    this.redraw();
  }

  // -- pointer -----------------------------------------------------------------------------------------------

  /** @param {MouseEvent} event  @returns {[number, number]} pixels of the canvas */
  #place(event) {
    const box = this.canvas.getBoundingClientRect();
    const x = Math.round(((event.clientX - box.left) / box.width) * WIDTH);
    const y = Math.round(((event.clientY - box.top) / box.height) * HEIGHT);
    return [Math.min(Math.max(x, 0), WIDTH), Math.min(Math.max(y, 0), HEIGHT)];
  }

  /** The thumbnail one points at. @param {number} x  @param {number} y */
  pointed(x, y) {
    const row = this.raster.at(this.view, x, y);
    return row >= 0 && this.raster.visible[row] >= POINTABLE ? row : -1;
  }

  #listen() {
    const { canvas } = this;
    /** @type {{button: number, start: [number, number], moved: boolean, view: View, shift: boolean} | null} */
    let press = null;
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    canvas.addEventListener("pointerdown", (event) => {
      canvas.focus();
      canvas.setPointerCapture(event.pointerId);
      const start = this.#place(event);
      press = { button: event.button, start, moved: false, view: this.view, shift: event.shiftKey };
      this.cursor = -1;
      this.anchor = null;
      if (event.button === 2) void this.#beginRadius(this.pointed(...start));
    });
    canvas.addEventListener("pointermove", (event) => {
      const [x, y] = this.#place(event);
      if (!press) {
        const row = this.pointed(x, y);
        if (row !== this.hovered) {
          this.hover(row);
          this.told.hover(row);
        }
        return;
      }
      const [x0, y0] = press.start;
      press.moved ||= Math.hypot(x - x0, y - y0) >= CLICK;
      if (!press.moved) return;
      if (press.button === 0) {
        this.rubber = [Math.min(x, x0), Math.min(y, y0), Math.max(x, x0), Math.max(y, y0)];
        this.mark();
      } else if (press.button === 1) {
        this.show(press.view.panned(x - x0, y - y0));
      } else if (press.button === 2) {
        this.#reach(Math.hypot(x - x0, y - y0));
      }
    });
    canvas.addEventListener("pointerup", (event) => {
      if (!press) return;
      const { button, start, moved, shift } = press;
      press = null;
      if (button === 0) this.#finish(start, this.#place(event), moved, shift);
      else if (button === 2) this.#finishRadius();
    });
    canvas.addEventListener("pointercancel", () => {
      press = null;
      this.rubber = null;
      this.radius = null;
      this.mark();
    });
    canvas.addEventListener("pointerleave", () => {
      if (press) return;
      this.hover(-1);
      this.told.hover(-1);
    });
    canvas.addEventListener("dblclick", (event) => {
      const row = this.pointed(...this.#place(event));
      if (row >= 0) this.told.open(row);
    });
    canvas.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        if (press) return;
        const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
        this.show(this.view.scaled(WHEEL ** (-event.deltaY * lines), ...this.#place(event)));
      },
      { passive: false },
    );
  }

  /** @param {[number, number]} start  @param {[number, number]} end  @param {boolean} moved  @param {boolean} add */
  #finish(start, end, moved, add) {
    this.rubber = null;
    /** @type {Pick[]} */
    const before = add ? this.picks : [];
    if (moved) {
      const [x0, y0] = start;
      const [x1, y1] = end;
      /** @type {Box} */
      const box = [Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1)];
      this.select([...before, { kind: "box", box, view: this.view }]);
      return;
    }
    const row = this.pointed(...start);
    this.select(row < 0 ? before : [...before, { kind: "one", row }]);
  }

  // -- the radius of similar segments ------------------------------------------------------------------------

  /** @param {number} row */
  async #beginRadius(row) {
    if (row < 0) return;
    this.radius = { row, reach: 0, rows: [] };
    this.similar = await this.told.similar(row);
    if (this.radius) this.#reach(this.radius.reach);
  }

  /** @param {number} reach  pixels */
  #reach(reach) {
    if (!this.radius) return;
    this.radius.reach = Math.round(reach);
    const { similar } = this;
    if (similar) {
      const within = similar.distances.findIndex((d) => d > Math.round(reach) / RADIUS);
      this.radius.rows = Array.from(similar.rows.subarray(0, within < 0 ? similar.rows.length : within));
    }
    this.mark();
  }

  #finishRadius() {
    const { radius } = this;
    this.radius = null;
    this.similar = null;
    if (radius && radius.rows.length) {
      const { row, rows, reach } = radius;
      this.select([{ kind: "similar", row, rows, reach }]);
    } else this.mark();
  }

  /** @type {{rows: Int32Array, distances: Float32Array} | null} */
  similar = null;

  // -- keys --------------------------------------------------------------------------------------------------

  /** Move the keyboard's cursor to the next thumbnail in a direction. @param {number} dx  @param {number} dy */
  step(dx, dy) {
    const { flags, labels } = this.scene;
    const [x, y] = this.cursor >= 0 ? this.at(this.cursor) : [WIDTH / 2, HEIGHT / 2];
    let best = -1;
    let least = Infinity;
    for (let i = 0; i < labels.length; i++) {
      if (!(flags[i] & 1) || i === this.cursor || this.raster.visible[i] < POINTABLE) continue;
      const [px, py] = this.at(i);
      const along = (px - x) * dx + (py - y) * dy;
      const aside = Math.abs((px - x) * dy) + Math.abs((py - y) * dx);
      if (this.cursor >= 0 && (along <= 0 || aside > along * 2)) continue;
      const way = this.cursor >= 0 ? along + 2 * aside : Math.hypot(px - x, py - y);
      if (way < least) [best, least] = [i, way];
    }
    if (best < 0) return;
    this.cursor = best;
    this.told.hover(best);
    if (this.anchor !== null) {
      const [ax, ay] = this.at(this.anchor);
      const [bx, by] = this.at(best);
      const box = /** @type {Box} */ ([Math.min(ax, bx) - 1, Math.min(ay, by) - 1, Math.max(ax, bx) + 1, Math.max(ay, by) + 1]);
      this.select([{ kind: "box", box, view: this.view }]);
    } else this.redraw();
  }

  /** Begin or end a box at the keyboard's cursor. */
  anchorHere() {
    this.anchor = this.anchor === null && this.cursor >= 0 ? this.cursor : null;
  }

  /** Select the thumbnail at the keyboard's cursor, or let it go. */
  pickHere() {
    if (this.cursor < 0) return;
    const others = this.picks.filter((p) => !(p.kind === "one" && p.row === this.cursor));
    this.select(others.length < this.picks.length ? others : [...others, { kind: "one", row: this.cursor }]);
  }
}
