// The lines between visitor, Burdock and servers, and what flies along them. Knows where things stand on the page, not what they mean.

const SVG = "http://www.w3.org/2000/svg";
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
const narrow = window.matchMedia("(max-width: 1080px)");

/** Draws on `stage`, between its children `me`, `crowd`, `proxy` and the server cards, an element each by name. */
export class Wires {
  #stage;
  #svg;
  #places;
  #state = { mine: null, off: new Set() };

  constructor(stage, svg, places) {
    this.#stage = stage;
    this.#svg = svg;
    this.#places = places;
    const observer = new ResizeObserver(() => this.draw());
    for (const element of [stage, places.me, places.crowd, places.proxy, ...places.servers.values()]) observer.observe(element);
  }

  /** `mine` is the name of the server one is stuck to, or null; `off` the names of those that are stopped. */
  show(mine, off) {
    const same = this.#state.mine === mine && this.#state.off.symmetricDifference?.(off).size === 0;
    this.#state = { mine, off };
    if (!same) this.draw();
  }

  draw() {
    const { mine, off } = this.#state;
    const lines = [];
    if (!narrow.matches) lines.push(line(this.#entry("crowd"), ""));
    for (const name of this.#places.servers.keys()) {
      if (name !== mine) lines.push(line(this.#exit(name), off.has(name) ? "off" : ""));
    }
    if (mine) {
      const tone = `mine ${toneOf(mine)} ${off.has(mine) ? "off" : ""}`;
      lines.push(line(this.#entry("me"), tone), line(this.#exit(mine), tone));
      if (!off.has(mine)) lines.push(line(this.#entry("me"), "pulse"), line(this.#exit(mine), "pulse"));
    } else {
      lines.push(line(this.#entry("me"), ""));
    }
    this.#svg.replaceChildren(...lines);
  }

  /** Lets a dot fly from `from` ("me" or "crowd") through Burdock to a server. Resolves when it is there. */
  async fly(from, server, text) {
    if (calm.matches || document.hidden) return;
    const dot = document.createElement("span");
    dot.className = `flyer ${toneOf(server)}`;
    dot.textContent = text;
    dot.setAttribute("aria-hidden", "true");
    dot.style.offsetPath = `path("${this.#entry(from)} ${this.#through()} ${this.#exit(server, true)}")`;
    dot.style.offsetRotate = "0deg";
    this.#stage.append(dot);
    const flight = dot.animate([{ offsetDistance: "0%" }, { offsetDistance: "100%" }], {
      duration: 700,
      easing: "cubic-bezier(.45, .05, .45, 1)",
    });
    await flight.finished.catch(() => {});
    dot.remove();
  }

  #entry(from) {
    if (from === "crowd") return this.#crowdEntry();
    return narrow.matches
      ? curve(this.#point("me", 0.5, 1), this.#point("proxy", 0.5, 0), true)
      : curve(this.#point("me", 1, 0.5), this.#point("proxy", 0, 0.5), false);
  }

  /** The crowd stands below Burdock; on narrow screens with the servers in between. */
  #crowdEntry() {
    const proxy = this.#point("proxy", 0.5, 1);
    const crowd = this.#point("crowd", 0.5, 0);
    return curve(narrow.matches ? crowd : { x: proxy.x, y: crowd.y }, proxy, true);
  }

  #exit(server, continued = false) {
    const path = narrow.matches
      ? curve(this.#point("proxy", 0.5, 1), this.#point(server, 0.5, 0), true)
      : curve(this.#point("proxy", 1, 0.5), this.#point(server, 0, 0.5), false);
    return continued ? path.replace("M", "L") : path;
  }

  #through() {
    const { x, y } = this.#point("proxy", 0.5, 0.5);
    return `L${x} ${y}`;
  }

  #point(place, across, down) {
    const element = this.#places[place] ?? this.#places.servers.get(place);
    const box = element.getBoundingClientRect();
    const origin = this.#stage.getBoundingClientRect();
    return {
      x: Math.round(box.left - origin.left + box.width * across),
      y: Math.round(box.top - origin.top + box.height * down),
    };
  }
}

/** The class that gives an element its server's colour. */
export function toneOf(server) {
  return `server-${letterOf(server).toLowerCase()}`;
}

/** A server's mark: the last letter of its name. */
export function letterOf(server) {
  return server.slice(-1);
}

function line(path, name) {
  const element = document.createElementNS(SVG, "path");
  element.setAttribute("d", path);
  element.setAttribute("class", name);
  return element;
}

function curve(from, to, downwards) {
  const x = (from.x + to.x) / 2;
  const y = (from.y + to.y) / 2;
  return downwards
    ? `M${from.x} ${from.y} C${from.x} ${y} ${to.x} ${y} ${to.x} ${to.y}`
    : `M${from.x} ${from.y} C${x} ${from.y} ${x} ${to.y} ${to.x} ${to.y}`;
}
