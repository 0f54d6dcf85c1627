// Starts the demo and a browser for the tests. The program is BURDOCK, or the debug build; DEMO_COMMAND, if set, is the whole
// command of a stand-in that prints the same. The browser is CHROMIUM, or the system's.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const BURDOCK = process.env.BURDOCK ?? fileURLToPath(new URL("../../target/debug/burdock", import.meta.url));
const COMMAND = process.env.DEMO_COMMAND?.split(/\s+/) ?? [BURDOCK, "demo", "--port", "0", "--site-port", "0"];
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const PATIENCE_MS = 20_000;

/** Runs the demo; `desk` and `site` are the addresses it prints. */
export async function startDemo() {
  const [program, ...parameters] = COMMAND;
  const child = spawn(program, parameters, { stdio: ["ignore", "pipe", "inherit"] });
  const started = once(child, "spawn");
  await started;
  const addresses = [];
  const lines = createInterface({ input: child.stdout });
  const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  for await (const line of lines) {
    addresses.push(...(line.match(/http:\/\/\S+/g) ?? []));
    if (addresses.length === 2) break;
  }
  clearTimeout(timer);
  if (addresses.length < 2) throw new Error(`${COMMAND.join(" ")} ended before it printed its addresses`);
  child.stdout.resume();
  const [desk, site] = addresses;
  return {
    desk,
    site,
    stop: () => stopChild(child),
  };
}

/** Asks a program to end, and waits until it has. */
export async function stopChild(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  await ended;
  clearTimeout(timer);
}

export function startBrowser() {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

/** Waits until `look` returns something true, and returns that. */
export async function until(what, look) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** The desk as one who looks at it sees it. */
export class Desk {
  constructor(page) {
    this.page = page;
    this.site = page.frameLocator("[data-testid=site]");
  }

  text(id) {
    return this.page.getByTestId(id).innerText();
  }

  press(id) {
    return this.page.getByTestId(id).click();
  }

  /** Waits for the headline, the sentence below it included, to match. */
  status(pattern) {
    return until(`the headline says ${pattern}`, async () => pattern.exec((await this.text("status")).replace(/\s+/g, " ")));
  }

  journal(pattern) {
    return until(`the journal says ${pattern}`, async () => pattern.exec((await this.text("journal")).replace(/\s+/g, " ")));
  }

  async logIn(name) {
    await this.site.getByTestId("name").fill(name);
    await this.site.getByTestId("login").click();
    await this.site.getByTestId("user").waitFor();
  }

  /** The letters of the servers that answered last. */
  async trail() {
    return (await this.page.getByTestId("trail").locator("li").allInnerTexts()).join("");
  }

  /** The number before a word on a server's card. */
  async fact(server, fact) {
    return Number(await this.page.getByTestId(server).locator(`[data-fact=${fact}]`).innerText());
  }

  /** The marks of visitors on a server's card, by what a screen reader says of them. */
  marks(server) {
    return this.page.getByTestId(server).locator(".people .visually-hidden").allTextContents();
  }
}
