// @ts-check
/** The buttons of the header and the keys of the keyboard: each command once. */

import { key } from "./palette.js";
import { WORDS } from "./words.js";

/** @typedef {{name: string, letter: string, run: () => void, enabled?: () => boolean}} Command */

export class Commands {
  /** @param {HTMLElement} element  @param {Command[]} commands  @param {(event: KeyboardEvent) => boolean} others */
  constructor(element, commands, others) {
    this.commands = commands;
    /** @type {Map<Command, HTMLButtonElement>} */
    this.buttons = new Map();
    for (const command of commands) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = command.name;
      button.append(key(command.letter));
      button.addEventListener("click", () => command.run());
      element.append(button);
      this.buttons.set(command, button);
    }
    document.addEventListener("keydown", (event) => {
      if (event.target instanceof HTMLInputElement && event.target.type !== "range") return;
      if (event.target instanceof HTMLSelectElement) return;
      if (document.querySelector("dialog[open]")) return;
      if (this.#run(event) || others(event)) event.preventDefault();
    });
  }

  /** @param {KeyboardEvent} event */
  #run(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const command = this.commands.find((c) => c.letter.toLowerCase() === event.key.toLowerCase());
    if (!command) return false;
    if (command.enabled?.() ?? true) command.run();
    return true;
  }

  /** Another text on a button. @param {string} letter  @param {string} text */
  rename(letter, text) {
    for (const [command, button] of this.buttons) {
      if (command.letter === letter && button.firstChild) button.firstChild.textContent = text;
    }
  }

  update() {
    for (const [command, button] of this.buttons) button.disabled = !(command.enabled?.() ?? true);
  }
}

/** The table of keys. @param {HTMLDialogElement} dialog */
export function fillKeys(dialog) {
  const title = document.createElement("h2");
  title.id = "keys-title";
  title.textContent = WORDS.commands.keys;
  const table = document.createElement("table");
  for (const [keys, meaning] of WORDS.keys) {
    const line = table.insertRow();
    line.insertCell().textContent = keys;
    line.insertCell().textContent = meaning;
  }
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = WORDS.commands.done;
  close.addEventListener("click", () => dialog.close());
  dialog.replaceChildren(title, table, close);
}
