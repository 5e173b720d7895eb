// @ts-check
/** Colors of classes, the ones of fsannot/report/palette.py: people with any kind of color vision can tell them apart. */

export const COLORS = [
  "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#882255", "#999933", "#332288", "#44aa99", "#6b4c3b",
];

/** @param {number} index */
export function colorOf(index) {
  return COLORS[index % COLORS.length];
}

/** A color as one pixel of ImageData. @param {string} hex  #rrggbb */
export function pixel(hex) {
  const value = parseInt(hex.slice(1), 16);
  return (0xff000000 | ((value & 0xff) << 16) | (value & 0xff00) | (value >> 16)) >>> 0;
}

/** @param {number} index  @returns {[number, number, number]} */
export function rgb(index) {
  const value = parseInt(colorOf(index).slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** A color of the present theme. @param {string} name  custom property */
export function themeColor(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
