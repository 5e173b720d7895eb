// @ts-check
/**
 * Thumbnails drawn from the topmost down, each pixel once: the loop of fsannot/human/legibility.py, which counts the
 * pixels of each that can be seen, with colors. No thumbnail without a visible pixel costs more than four look-ups.
 */

import { HEIGHT, SIDE, WIDTH } from "./view.js";

const PAD = SIDE;
const WORDS = (WIDTH + 2 * PAD) / 32;
const ROWS = HEIGHT + 2 * PAD;
const CELL_ROWS = Math.ceil(ROWS / 32);
const FRAME = 3;
const SIDES = 0xe0000007; // the outer three columns of a row of 32
const BADGE_WIDTH = 8;
const BADGE_HEIGHT = 9;
const FULL = -1;

/** 3×5 digits, a row a number, leftmost bit 4. */
const DIGITS = [
  [7, 5, 5, 5, 7], [2, 6, 2, 2, 7], [7, 1, 7, 4, 7], [7, 1, 3, 1, 7], [5, 5, 7, 1, 1],
  [7, 4, 7, 1, 7], [7, 4, 7, 5, 7], [7, 1, 1, 2, 2], [7, 5, 7, 5, 7], [7, 5, 7, 1, 7],
];

/** @typedef {{
 *   order: Int32Array, flags: Uint8Array, labels: Int16Array, marked: Uint8Array,
 *   tiles: import("./tiles.js").Tiles, colors: Uint32Array, labelled: "show" | "dim" | "hide",
 *   background: number, missing: number, mark: number, badges: boolean,
 * }} Scene */

/** @param {number} v */
function ones(v) {
  v -= (v >>> 1) & 0x55555555;
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  v = (v + (v >>> 4)) & 0x0f0f0f0f;
  return Math.imul(v, 0x01010101) >>> 24;
}

export class Raster {
  constructor() {
    this.image = new ImageData(WIDTH, HEIGHT);
    this.pixels = new Uint32Array(this.image.data.buffer);
    /** Visible pixels of each thumbnail, 0 to 1024. */
    this.visible = new Uint16Array(0);
    this.empty = new Uint32Array(WORDS * ROWS);
    this.empty.fill(0xffffffff, 0, ROWS);
    this.empty.fill(0xffffffff, (WORDS - 1) * ROWS);
    for (let w = 0; w < WORDS; w++) {
      this.empty.fill(0xffffffff, w * ROWS, w * ROWS + PAD);
      this.empty.fill(0xffffffff, w * ROWS + HEIGHT + PAD, (w + 1) * ROWS);
    }
    this.taken = new Uint32Array(this.empty.length);
    this.room = new Int32Array(WORDS * CELL_ROWS); // free pixels of each cell when nothing is drawn
    for (let w = 0; w < WORDS; w++) {
      for (let y = 0; y < ROWS; y++) {
        this.room[w * CELL_ROWS + (y >> 5)] += ones(~this.empty[w * ROWS + y]);
      }
    }
    this.free = new Int32Array(this.room.length);
    /** Rows that are drawn, from the topmost down, and their places in the overview. */
    this.rows = new Int32Array();
    this.places = new Float32Array();
    this.badges = DIGITS.map((rows) => {
      const on = new Uint8Array(BADGE_WIDTH * BADGE_HEIGHT);
      rows.forEach((row, y) => {
        for (let x = 0; x < 3; x++) on[(y + 2) * BADGE_WIDTH + x + 2] = (row >> (2 - x)) & 1;
      });
      return on;
    });
  }

  /** Take over what is shown, in which order and where; before `draw`, whenever one of these changes.
   * @param {Scene} scene  @param {Float32Array} places  pixels of the overview */
  prepare({ order, flags, labels, labelled }, places) {
    if (this.visible.length !== order.length) this.visible = new Uint16Array(order.length);
    const rows = new Int32Array(order.length);
    let n = 0;
    for (let pass = 0; pass < (labelled === "hide" ? 1 : 2); pass++) {
      for (let k = order.length - 1; k >= 0; k--) {
        const i = order[k];
        if (flags[i] & 1 && labels[i] >= 0 === (pass === 1)) rows[n++] = i;
      }
    }
    this.rows = rows.subarray(0, n);
    this.places = new Float32Array(2 * n);
    for (let k = 0; k < n; k++) {
      this.places[2 * k] = places[2 * rows[k]];
      this.places[2 * k + 1] = places[2 * rows[k] + 1];
    }
  }

  /** Draw all thumbnails, and count what can be seen of each.
   * @param {Scene} scene  @param {import("./view.js").View} view */
  draw(scene, view) {
    this.visible.fill(0);
    this.pixels.fill(scene.background);
    this.taken.set(this.empty);
    this.free.set(this.room);
    const { rows, places, free } = this;
    const { zoom, x: left, y: top } = view;
    for (let k = 0; k < rows.length; k++) {
      const x = Math.floor((places[2 * k] - left) * zoom + 0.5) - SIDE / 2 + PAD;
      const y = Math.floor((places[2 * k + 1] - top) * zoom + 0.5) - SIDE / 2 + PAD;
      if (x <= 0 || y <= 0 || x >= WIDTH + PAD || y >= HEIGHT + PAD) continue;
      const cell = (x >> 5) * CELL_ROWS + (y >> 5);
      const below = y & 31 ? 1 : 0;
      const beside = x & 31 ? CELL_ROWS : 0;
      if (free[cell] || free[cell + below] || free[cell + beside] || free[cell + beside + below]) {
        this.#thumbnail(rows[k], x, y, scene);
      }
    }
  }

  /** @param {number} i  row  @param {number} x  left side, with the margin  @param {number} y  upper side
   * @param {Scene} scene */
  #thumbnail(i, x, y, scene) {
    const { taken, free, pixels } = this;
    const word = x >> 5;
    const shift = x & 31;
    const label = scene.labels[i];
    const framed = label >= 0 || scene.marked[i];
    const color = scene.marked[i] ? scene.mark : label >= 0 ? scene.colors[label] : 0;
    const badge = label >= 0 && scene.badges ? this.badges[(label + 1) % 10] : null;
    const dim = label >= 0 && scene.labelled === "dim";
    const chunk = scene.tiles.chunk(i);
    const from = (i & 1023) << 10;
    const { missing, background } = scene;
    const half = (background >>> 1) & 0x7f7f7f7f;
    let count = 0;
    for (let r = 0; r < SIDE; r++) {
      const at = word * ROWS + y + r;
      let v = (~taken[at] >>> shift) | 0;
      if (shift) v |= ~taken[at + ROWS] << (32 - shift);
      if (v === 0) continue;
      taken[at] |= FULL << shift;
      const n = ones(v);
      let right = 0;
      if (shift) {
        taken[at + ROWS] |= FULL >>> (32 - shift);
        right = ones(v >>> (32 - shift));
      }
      const down = (y + r) >> 5;
      free[word * CELL_ROWS + down] -= n - right;
      free[word * CELL_ROWS + CELL_ROWS + down] -= right;
      count += n;
      const to = (y - PAD + r) * WIDTH + x - PAD;
      const source = from + (r << 5);
      const frame = framed ? (r < FRAME || r >= SIDE - FRAME ? FULL : SIDES) : 0;
      const tag = badge && r < BADGE_HEIGHT ? badge : null;
      // stretches of visible pixels, from the lowest bit up
      for (let rest = v; rest !== 0; ) {
        const start = 31 - Math.clz32(rest & -rest);
        const above = ~(rest >>> start);
        const end = above === 0 ? SIDE : Math.min(start + 31 - Math.clz32(above & -above), SIDE);
        rest = end === SIDE ? 0 : (rest >>> end) << end;
        if (!framed) {
          if (chunk) for (let c = start; c < end; c++) pixels[to + c] = chunk[source + c];
          else for (let c = start; c < end; c++) pixels[to + c] = missing;
          continue;
        }
        for (let c = start; c < end; c++) {
          let p = chunk ? chunk[source + c] : missing;
          if (dim) p = (((p >>> 1) & 0x7f7f7f7f) + half) | 0xff000000;
          if ((frame >>> c) & 1) p = color;
          if (tag && c < BADGE_WIDTH) p = tag[r * BADGE_WIDTH + c] ? 0xffffffff : scene.colors[label];
          pixels[to + c] = p;
        }
      }
    }
    this.visible[i] = count;
  }

  /** The topmost thumbnail at a pixel, or −1.
   * @param {import("./view.js").View} view  @param {number} px  @param {number} py */
  at({ zoom, x: left, y: top }, px, py) {
    const { rows, places } = this;
    for (let k = 0; k < rows.length; k++) {
      const dx = px - Math.floor((places[2 * k] - left) * zoom + 0.5) + SIDE / 2;
      const dy = py - Math.floor((places[2 * k + 1] - top) * zoom + 0.5) + SIDE / 2;
      if (dx >= 0 && dx < SIDE && dy >= 0 && dy < SIDE) return rows[k];
    }
    return -1;
  }
}
