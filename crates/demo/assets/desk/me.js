// You, the visitor in the frame: which server answered, which cookie you hold, and what that means. Knows nothing of the page around.

/** Your visits. Emits "visit" with a Visit after each answer of a server, and "silence" when a request brought no page of one. */
export class Me extends EventTarget {
  /** Of the last visit; null before the first. */
  visit = null;
  /** The servers that answered, oldest first; null where none did. */
  trail = [];

  #frame;
  #url;
  #cookieName;
  #waiting = null;

  constructor(frame, url, cookieName) {
    super();
    this.#frame = frame;
    this.#url = url;
    this.#cookieName = cookieName;
    window.addEventListener("message", (event) => this.#heard(event));
    frame.addEventListener("load", () => this.#loaded());
  }

  /** The value of Burdock's cookie. It is the site's, but cookies belong to a host whatever the port. */
  get cookie() {
    const prefix = `${this.#cookieName}=`;
    return document.cookie.split("; ").find((pair) => pair.startsWith(prefix))?.slice(prefix.length) ?? null;
  }

  /** Asks for the site once. True when a server answered. */
  async reload() {
    const answer = new Promise((resolve) => {
      this.#waiting?.(false);
      this.#waiting = resolve;
    });
    // Unlike a new `src`, this leaves no trace in the history: Back still leaves the desk. The first time there is nothing to replace.
    this.#frame.contentWindow.location.replace(this.#url);
    const timer = setTimeout(() => this.#silent(), ANSWER_LIMIT_MS);
    const answered = await answer;
    clearTimeout(timer);
    return answered;
  }

  #heard({ source, origin, data }) {
    if (source !== this.#frame.contentWindow || origin !== new URL(this.#url).origin || data?.kind !== "visit") return;
    const before = this.visit;
    const cookie = this.cookie;
    this.visit = {
      server: data.server,
      visits: data.visits,
      user: data.user,
      cookie,
      cookieBefore: before?.cookie ?? null,
      // The login that a server knew and this one does not.
      lostLogin: data.lost && !data.user ? (before?.user ?? before?.lostLogin ?? null) : null,
      movedFrom: before && before.server !== data.server ? before.server : null,
      lost: data.lost,
    };
    this.#remember(data.server);
    this.#answered(true);
    this.dispatchEvent(new CustomEvent("visit", { detail: { visit: this.visit, before } }));
  }

  /** The frame holds something. If it is a page of a server, its script has spoken before, or is about to. */
  #loaded() {
    const waiting = this.#waiting;
    if (waiting) setTimeout(() => this.#waiting === waiting && this.#silent(), SCRIPT_LIMIT_MS);
  }

  #silent() {
    if (!this.#waiting) return;
    this.#remember(null);
    this.#answered(false);
    this.dispatchEvent(new Event("silence"));
  }

  #answered(answered) {
    this.#waiting?.(answered);
    this.#waiting = null;
  }

  #remember(server) {
    this.trail.push(server);
    this.trail = this.trail.slice(-TRAIL_LENGTH);
  }
}

const TRAIL_LENGTH = 20;
const ANSWER_LIMIT_MS = 12_000;
const SCRIPT_LIMIT_MS = 400;
