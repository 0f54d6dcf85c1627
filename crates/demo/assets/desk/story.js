// What is so, in words: the headline, the cookie beside it, the four steps, and the journal's lines about you.

import { setEnabled, setText } from "/elements.js";
import { toneOf } from "/wires.js";

/** The headline and its explanation. `off` has the names of stopped servers, of `all` there are. */
export function headline({ visit, isSilent, off, all, requests }) {
  if (isSilent && off.size === all) {
    return { title: ["No server is left"], note: "Burdock answers 503 by itself. Start a server, and the site is back." };
  }
  if (isSilent) return { title: ["No answer yet"], note: "The site does not answer through Burdock. Trying again…" };
  if (!visit) return { title: ["Waiting for Burdock…"], note: "The site is being opened through Burdock." };
  const { server, user, cookie, movedFrom, lostLogin } = visit;
  if (off.has(server)) {
    const login = user ? `, and with it your login as ${user}` : "";
    const next = off.size === all ? "No server is left: start one." : "Reload, and Burdock will move you.";
    return { title: [server, " is gone"], tone: server, note: `Its memory is lost${login}. Your cookie still names it. ${next}` };
  }
  if (!cookie) {
    return { title: ["Answered by ", server], tone: server, note: "Your browser kept no cookie, so nothing sticks. Allow cookies for this address." };
  }
  if (movedFrom) {
    const login = lostLogin ? ` Your login as ${lostLogin} was in ${movedFrom}’s memory: ${server} never knew it.` : "";
    return { title: ["You were moved to ", server], tone: server, note: `${movedFrom} is gone, so Burdock chose ${server} and gave you a new cookie.${login}` };
  }
  const login = lostLogin ? ` It lost its memory, and your login as ${lostLogin}; your cookie brought you back all the same.` : "";
  const times = requests > 1 ? ` ${requests} requests so far, all here.` : "";
  return { title: ["You are stuck to ", server], tone: server, note: `Burdock gave you a cookie that names ${server}, and sends every request that carries it there.${times}${login}` };
}

export function showHeadline({ title, note, tone }, elements) {
  const words = title.map((part) => (part === tone ? Object.assign(document.createElement("b"), { textContent: part }) : part));
  if (elements.title.textContent !== title.join("")) elements.title.replaceChildren(...words);
  elements.title.className = tone ? toneOf(tone) : "";
  setText(elements.note, note);
}

/** The cookie's ticket; it shakes when the cookie is another than before. */
export function showTicket(ticket, code, cookieName, visit) {
  const text = visit?.cookie ? `${cookieName}=${visit.cookie}` : "none";
  const isFresh = code.textContent !== text && visit?.cookie;
  setText(code, text);
  ticket.className = `ticket ${visit?.cookie ? toneOf(visit.server) : ""}`;
  if (isFresh) {
    // Reading the width makes the browser notice that the class was gone, so that the animation runs again.
    void ticket.offsetWidth;
    ticket.classList.add("fresh");
  }
}

/** The four steps. A step stays done until the round begins anew with the login after a move. */
export class Steps {
  #items;
  #done = new Set();
  #stays = 0;

  constructor(items) {
    this.#items = items;
  }

  visited(visit, before) {
    this.#stays = before?.server === visit.server ? this.#stays + 1 : 0;
    const loggedInNow = visit.user && !before?.user;
    if (loggedInNow && this.#done.has("moved")) this.#done.clear();
    if (loggedInNow) this.#stays = 0;
    if (visit.user) this.#done.add("login");
    if (visit.user && this.#stays >= STAYS_THAT_CONVINCE) this.#done.add("reload");
    if (visit.movedFrom) this.#done.add("stop").add("moved");
  }

  show(mine, off, isBusy) {
    if (mine && off.has(mine)) {
      this.#done.add("stop");
      this.#done.delete("moved");
    }
    const current = Object.keys(this.#items).find((step) => !this.#done.has(step));
    for (const [step, item] of Object.entries(this.#items)) {
      item.classList.toggle("done", this.#done.has(step));
      item.classList.toggle("current", step === current);
      if (step === current) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    }
    const stop = this.#items.stop.querySelector("button");
    setText(stop, mine ? `Stop ${mine}` : "Stop your server");
    setEnabled(stop, !isBusy && mine && !off.has(mine));
  }
}

const STAYS_THAT_CONVINCE = 3;

/** The journal's lines about a visit; none for a reload that changed nothing. */
export function linesAbout(visit, before, cookieName) {
  const { server, user, cookie, movedFrom, lostLogin } = visit;
  if (!before) {
    return [cookie ? `You came to the site: ${server} answered, and your cookie is ${cookieName}=${cookie}.` : `You came to the site: ${server} answered.`];
  }
  const lines = [];
  if (movedFrom && cookie !== before.cookie) {
    lines.push(`Burdock moved you from ${movedFrom} to ${server} and gave you a new cookie: ${cookieName}=${cookie}.`);
  } else if (movedFrom) {
    lines.push(`${server} answered you instead of ${movedFrom}.`);
  }
  if (lostLogin && before.user) lines.push(`Your login as ${before.user} is gone: it was in ${movedFrom ?? server}’s memory.`);
  if (user && user !== before.user) lines.push(`You logged in on ${server} as ${user}.`);
  if (!user && before.user && !lostLogin && !visit.lost) lines.push(`You logged out on ${server}.`);
  return lines;
}
