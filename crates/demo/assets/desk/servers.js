// The server cards and who stands on them.

import { onPress, setEnabled, setText } from "/elements.js";
import { letterOf, toneOf } from "/wires.js";

/** One card a server. `onSwitch(name, on)` is called when its button is pressed. */
export class Servers {
  #cards = new Map();
  #people = new Map();
  /** Visitors whose dot is still in the air. */
  #flying = new Set();

  constructor(container, template, servers, onSwitch) {
    for (const { name, cookie, address } of servers) {
      const card = template.content.firstElementChild.cloneNode(true);
      card.classList.add(toneOf(name));
      card.dataset.testid = name;
      card.setAttribute("aria-label", name);
      card.querySelector(".letter").textContent = letterOf(name);
      card.querySelector("h2").textContent = name;
      card.querySelector(".cookie").textContent = `cookie ${cookie}`;
      card.querySelector(".port").textContent = `on ${address}`;
      card.querySelector(".people").setAttribute("aria-label", `Visitors of ${name}`);
      const button = card.querySelector(".switch");
      button.dataset.testid = `switch-${name}`;
      onPress(button, async () => {
        setEnabled(button, false);
        await onSwitch(name, card.classList.contains("off"));
        setEnabled(button, true);
      });
      container.append(card);
      this.#cards.set(name, card);
    }
  }

  /** The elements, by server name. */
  get cards() {
    return this.#cards;
  }

  show(servers, visitors, you) {
    for (const server of servers) this.#showServer(server, you);
    this.#showPeople(visitors, new Set(servers.filter((server) => !server.memory).map(({ name }) => name)), you);
  }

  /** The visitor's mark stays hidden while `flight` lasts. */
  async land(visitor, flight) {
    this.#flying.add(visitor);
    this.#people.get(visitor)?.classList.add("flying");
    await flight;
    this.#flying.delete(visitor);
    const mark = this.#people.get(visitor);
    mark?.classList.remove("flying");
    mark?.classList.add("landed");
  }

  #showServer({ name, memory }, you) {
    const card = this.#cards.get(name);
    card.classList.toggle("off", !memory);
    card.classList.toggle("mine", you.server === name);
    setText(card.querySelector(".state span"), memory ? "Running" : "Stopped");
    setText(card.querySelector(".state em"), memory ? "" : "refuses connections, memory lost");
    const button = card.querySelector(".switch");
    setText(button, memory ? "Stop" : "Start");
    button.classList.toggle("danger", Boolean(memory));
    button.setAttribute("aria-label", `${memory ? "Stop" : "Start"} ${name}`);
    for (const fact of card.querySelectorAll("[data-fact]")) {
      const number = memory?.[fact.dataset.fact] ?? 0;
      setText(fact, String(number));
      setText(fact.nextElementSibling, number === 1 ? fact.dataset.noun : `${fact.dataset.noun}s`);
    }
    card.querySelector(".hits").replaceChildren(...(memory?.last_hits ?? []).map(hitRow));
  }

  #showPeople(visitors, off, you) {
    const marks = new Map();
    const wanted = visitors.map(({ id, name, server, login }) => ({
      id,
      server,
      text: name[0],
      title: `${name}, ${login === "in" ? "logged in" : "login lost"}`,
      kind: login === "in" ? "" : "out",
    }));
    if (you.server) {
      const loggedIn = you.user && !off.has(you.server);
      const title = loggedIn ? `You, logged in as ${you.user}` : "You, not logged in";
      wanted.unshift({ id: "you", server: you.server, text: "You", title, kind: `you ${loggedIn ? "" : "out"}` });
    }
    const places = new Map([...this.#cards.keys()].map((name) => [name, []]));
    for (const person of wanted) {
      const mark = this.#people.get(person.id) ?? newMark();
      mark.className = `${person.kind} ${this.#flying.has(person.id) ? "flying" : ""}`;
      mark.title = person.title;
      setText(mark.firstElementChild, person.text);
      setText(mark.lastElementChild, person.title);
      marks.set(person.id, mark);
      places.get(person.server)?.push(mark);
    }
    this.#people = marks;
    for (const [name, standing] of places) {
      const list = this.#cards.get(name).querySelector(".people");
      const same = list.children.length === standing.length && standing.every((mark, index) => list.children[index] === mark);
      if (!same) list.replaceChildren(...standing);
    }
  }
}

function newMark() {
  const mark = document.createElement("li");
  const letter = document.createElement("span");
  letter.setAttribute("aria-hidden", "true");
  const words = document.createElement("span");
  words.className = "visually-hidden";
  mark.append(letter, words);
  return mark;
}

function hitRow({ at_ms, request, proxy_cookie, user }) {
  const row = document.createElement("li");
  const cells = [new Date(at_ms).toLocaleTimeString(), request, proxy_cookie ? `SRVNAME=${proxy_cookie}` : "no cookie", user ?? "not logged in"];
  for (const [index, text] of cells.entries()) {
    const cell = document.createElement(index === 1 || (index === 2 && proxy_cookie) ? "code" : "span");
    cell.textContent = text;
    row.append(cell);
  }
  return row;
}
