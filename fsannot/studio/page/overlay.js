// @ts-check
/** What lies over an image: labels, contours, a preview; pixels of the image's own size. */

import { rgb } from "./colors.js";

/** @typedef {{width: number, height: number, rows: Int32Array}} Partition */

/** Labels as colors and contours as lines.
 * @param {Partition} partition  @param {Int16Array} labels  of all segments
 * @param {Uint8Array | null} contours  of a cut that is tried, or null for those of the partition
 * @returns {ImageData} */
export function labelled({ width, height, rows }, labels, contours) {
  const image = new ImageData(width, height);
  const out = image.data;
  for (let y = 0, p = 0; y < height; y++) {
    for (let x = 0; x < width; x++, p++) {
      const row = rows[p];
      const at = 4 * p;
      const edge = contours
        ? contours[p]
        : (x + 1 < width && rows[p + 1] !== row) || (y + 1 < height && rows[p + width] !== row);
      const label = labels[row];
      if (edge) {
        out[at] = contours ? 255 : 255;
        out[at + 1] = contours ? 235 : 255;
        out[at + 2] = contours ? 59 : 255;
        out[at + 3] = contours ? 255 : 200;
      } else if (label >= 0) {
        [out[at], out[at + 1], out[at + 2]] = rgb(label);
        out[at + 3] = 120;
      }
    }
  }
  return image;
}

/** Some segments filled with one color.
 * @param {Partition} partition  @param {(row: number) => boolean} chosen
 * @param {[number, number, number, number]} box  y0, x0, y1, x1 around them
 * @param {[number, number, number, number]} color  with opacity
 * @returns {ImageData} of the box */
export function filled({ width, rows }, chosen, [y0, x0, y1, x1], color) {
  const image = new ImageData(Math.max(1, x1 - x0), Math.max(1, y1 - y0));
  for (let y = y0, p = 0; y < y1; y++) {
    for (let x = x0; x < x1; x++, p += 4) if (chosen(rows[y * width + x])) image.data.set(color, p);
  }
  return image;
}

/** The two parts a split would give.
 * @param {Uint8Array} parts  0 = outside, 1 = positive, 2 = negative
 * @param {number} width  @param {number} height  @returns {ImageData} */
export function twoParts(parts, width, height) {
  const image = new ImageData(width, height);
  for (let p = 0; p < parts.length; p++) {
    if (parts[p] === 1) image.data.set([0, 158, 115, 150], 4 * p);
    else if (parts[p] === 2) image.data.set([213, 94, 0, 110], 4 * p);
  }
  return image;
}
