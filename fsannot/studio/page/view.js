// @ts-check
/** What part of the overview fills the canvas: the same numbers as fsannot/human/view.py, digit by digit. */

export const WIDTH = 1600;
export const HEIGHT = 1200;
export const SIDE = 32;
const MAX_ZOOM = HEIGHT / 32;

/** @typedef {[number, number, number, number]} Box  x0, y0, x1, y1 */

export class View {
  /** @param {number} zoom  @param {number} x  @param {number} y */
  constructor(zoom, x, y) {
    this.zoom = zoom;
    this.x = x;
    this.y = y;
  }

  static overview() {
    return new View(1, 0, 0);
  }

  /** @param {number} cx  @param {number} cy  @param {number} zoom */
  static around(cx, cy, zoom) {
    const z = Math.min(Math.max(zoom, 1), MAX_ZOOM);
    const w = WIDTH / z;
    const h = HEIGHT / z;
    return new View(z, Math.min(Math.max(cx - w / 2, 0), WIDTH - w), Math.min(Math.max(cy - h / 2, 0), HEIGHT - h));
  }

  /** A turn of the wheel: what is under the pointer stays there.
   * @param {number} factor  @param {number} px  @param {number} py */
  scaled(factor, px, py) {
    const zoom = Math.min(Math.max(this.zoom * factor, 1), MAX_ZOOM);
    const x = this.x + px / this.zoom;
    const y = this.y + py / this.zoom;
    return View.around(x + (WIDTH / 2 - px) / zoom, y + (HEIGHT / 2 - py) / zoom, zoom);
  }

  /** @param {number} dx  @param {number} dy  pixels of this view, to the right and down */
  panned(dx, dy) {
    return View.around(
      this.x + (WIDTH / 2 - dx) / this.zoom,
      this.y + (HEIGHT / 2 - dy) / this.zoom,
      this.zoom,
    );
  }

  /** @param {Box} box  pixels of this view  @returns {Box} pixels of the overview */
  toOverview([x0, y0, x1, y1]) {
    return [this.x + x0 / this.zoom, this.y + y0 / this.zoom, this.x + x1 / this.zoom, this.y + y1 / this.zoom];
  }

  /** @param {Box} box  pixels of the overview  @returns {Box} pixels of this view */
  toView([x0, y0, x1, y1]) {
    return [(x0 - this.x) * this.zoom, (y0 - this.y) * this.zoom, (x1 - this.x) * this.zoom, (y1 - this.y) * this.zoom];
  }

  /** @param {View} other */
  equals(other) {
    return this.zoom === other.zoom && this.x === other.x && this.y === other.y;
  }
}
