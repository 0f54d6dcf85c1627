// The journal: what the desk tells about the servers and the crowd, and what the page itself sees of your own visits.

import { toneOf } from "/wires.js";

const LIMIT = 80;

export class Journal {
  #list;
  #lastId = 0;

  constructor(list) {
    this.#list = list;
  }

  /** Entries from the desk; those already shown are passed over. A desk that began anew begins a new journal. */
  show(entries) {
    const newest = entries.at(-1)?.id ?? 0;
    if (newest < this.#lastId) {
      this.#list.replaceChildren();
      this.#lastId = 0;
    }
    for (const { id, at_ms, text, server } of entries) {
      if (id > this.#lastId) this.#add(new Date(at_ms), text, server);
    }
    this.#lastId = newest;
  }

  /** Something about you, and the server it is about. */
  tell(text, server) {
    this.#add(new Date(), text, server, "yours");
  }

  #add(when, text, server, kind = "") {
    const item = document.createElement("li");
    item.className = `${server ? toneOf(server) : ""} ${kind}`.trim();
    const time = document.createElement("time");
    time.dateTime = when.toISOString();
    time.textContent = when.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
    const words = document.createElement("span");
    words.textContent = text;
    item.append(time, words);
    this.#list.prepend(item);
    while (this.#list.children.length > LIMIT) this.#list.lastElementChild.remove();
  }
}
