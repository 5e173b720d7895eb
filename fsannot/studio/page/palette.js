// @ts-check
/** Classes with their numbers, colors and counts; new ones and other names at any time. */

import { colorOf } from "./colors.js";
import { WORDS } from "./words.js";

export class Palette {
  /** @param {HTMLElement} element
   * @param {{choose: (index: number) => void, name: (index: number | null, name: string) => void}} told */
  constructor(element, told) {
    this.told = told;
    this.list = document.createElement("ul");
    this.list.setAttribute("aria-label", WORDS.chosenClass);
    this.add = document.createElement("button");
    this.add.type = "button";
    this.add.textContent = WORDS.newClass;
    this.add.append(key("N"));
    this.add.addEventListener("click", () => this.edit(null));
    element.append(this.list, this.add);
    this.chosen = 0;
    /** @type {string[]} */
    this.classes = [];
    /** @type {number[]} */
    this.counts = [];
    this.editing = false;
  }

  /** @param {string[]} classes  @param {number[]} counts */
  update(classes, counts) {
    this.classes = classes;
    this.counts = counts;
    if (!this.editing) this.#fill();
  }

  /** @param {number} index */
  choose(index) {
    this.chosen = index;
    if (!this.editing) this.#fill();
  }

  #fill() {
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.part : undefined;
    this.list.replaceChildren(...this.classes.map((name, index) => this.#item(name, index)));
    if (focused) /** @type {HTMLElement | null} */ (this.list.querySelector(`[data-part="${focused}"]`))?.focus();
  }

  /** @param {string} name  @param {number} index */
  #item(name, index) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "class";
    button.dataset.part = `class-${index}`;
    button.setAttribute("aria-pressed", String(index === this.chosen));
    const number = document.createElement("span");
    number.className = "number";
    number.textContent = index < 9 ? String(index + 1) : "";
    number.style.borderColor = colorOf(index);
    const words = document.createElement("span");
    words.className = "name";
    words.textContent = name;
    const count = document.createElement("span");
    count.className = "count";
    count.textContent = String(this.counts[index] ?? 0);
    button.append(number, words, count);
    button.addEventListener("click", () => this.told.choose(index));
    const rename = document.createElement("button");
    rename.type = "button";
    rename.dataset.part = `rename-${index}`;
    rename.textContent = "✎";
    rename.title = WORDS.renameOf(name);
    rename.setAttribute("aria-label", WORDS.renameOf(name));
    rename.addEventListener("click", () => this.edit(index));
    item.append(button, rename);
    return item;
  }

  /** Let the person type a name. @param {number | null} index  null = of a new class */
  edit(index) {
    if (this.editing) return;
    this.editing = true;
    const input = document.createElement("input");
    input.maxLength = 60;
    input.setAttribute("aria-label", WORDS.className);
    input.placeholder = WORDS.className;
    input.value = index === null ? "" : this.classes[index];
    const item = document.createElement("li");
    item.append(input);
    if (index === null) this.list.append(item);
    else this.list.children[index].replaceWith(item);
    const end = (/** @type {boolean} */ keep) => {
      if (!this.editing) return;
      this.editing = false;
      const name = input.value.trim();
      this.#fill();
      if (keep && name && name !== (index === null ? "" : this.classes[index])) this.told.name(index, name);
    };
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter") end(true);
      if (event.key === "Escape") end(false);
    });
    input.addEventListener("blur", () => end(true));
    input.focus();
    input.select();
  }
}

/** @param {string} text */
export function key(text) {
  const element = document.createElement("kbd");
  element.textContent = text;
  return element;
}
