// The demo's promise: one sticks to a server by its cookie, sees the login go when that server stops, and sees where others land.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { Desk, startBrowser, startDemo, until } from "./harness.js";

const SERVERS = ["ServerA", "ServerB", "ServerC"];

let browser;
let demo;
let context;
let desk;
let requested;
let complaints;

before(async () => {
  browser = await startBrowser();
});
after(() => browser?.close());

beforeEach(async () => {
  demo = await startDemo();
  context = await browser.newContext();
  requested = [];
  complaints = [];
  context.on("request", (request) => requested.push(request.url()));
  context.on("weberror", (error) => complaints.push(error.error().message));
  const page = await context.newPage();
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  await page.goto(demo.desk);
  desk = new Desk(page);
});
afterEach(async () => {
  await context?.close();
  await demo?.stop();
});

/** The server one is stuck to, as the headline says. */
async function stuckTo() {
  const [, server] = await desk.status(/You are stuck to (Server[ABC])/);
  return server;
}

async function proxyCookie() {
  const cookies = await context.cookies();
  return cookies.find(({ name }) => name === "SRVNAME")?.value;
}

test("log in, reload twenty times, lose the server, be moved with a new cookie", async () => {
  const first = await stuckTo();
  const letter = first.slice(-1);
  assert.equal(await proxyCookie(), `S${letter}`);
  assert.equal(await desk.text("cookie"), `SRVNAME=S${letter}`);
  assert.equal(await desk.site.getByTestId("server").innerText(), first);

  await desk.logIn("Marie");
  await desk.press("reload-20");
  await desk.journal(new RegExp(`You reloaded 20 times: each was answered by ${first}`));
  assert.equal(await desk.trail(), letter.repeat(20));
  assert.equal(await desk.site.getByTestId("user").innerText(), "Marie");
  assert.equal(await desk.site.getByTestId("visits").innerText(), "22");
  assert.equal(await desk.fact(first, "logins"), 1);
  assert.deepEqual(await desk.marks(first), ["You, logged in as Marie"]);

  await desk.press("stop-mine");
  await desk.status(new RegExp(`${first} is gone.*your login as Marie`));
  await desk.journal(new RegExp(`${first} stopped\\. Its memory is gone, and with it 1 login: Marie`));

  await desk.press("reload-again");
  const [, second] = await desk.status(/You were moved to (Server[ABC])/);
  assert.notEqual(second, first);
  assert.equal(await proxyCookie(), `S${second.slice(-1)}`);
  assert.equal(await desk.text("cookie"), `SRVNAME=S${second.slice(-1)}`);
  assert.equal(await desk.site.getByTestId("server").innerText(), second);
  assert.equal(await desk.site.getByTestId("visits").innerText(), "1");
  await desk.site.getByTestId("lost").waitFor();
  await desk.site.getByTestId("login").waitFor();
  assert.match(await desk.site.getByTestId("proxy-cookie").innerText(), new RegExp(`SRVNAME=S${letter} names another server`));
  await desk.journal(new RegExp(`Burdock moved you from ${first} to ${second} and gave you a new cookie`));

  // Back again, the old server does not get its visitor back: the new cookie holds.
  await desk.press(`switch-${first}`);
  await desk.journal(new RegExp(`${first} runs again`));
  await desk.logIn("Marie");
  await desk.press("reload-20");
  await desk.journal(new RegExp(`You reloaded 20 times: each was answered by ${second}`));
  assert.deepEqual(complaints, []);
});

test("new visitors spread, and come back to where they were", async () => {
  const mine = await stuckTo();
  await desk.press("send");
  await desk.journal(/12 new visitors without a cookie: 4 on ServerA, 4 on ServerB, 4 on ServerC/);
  const before = {};
  for (const server of SERVERS) {
    await until(`four visitors stand on ${server}`, async () => (await desk.fact(server, "logins")) === 4);
    before[server] = (await desk.marks(server)).filter((mark) => !mark.startsWith("You"));
    assert.equal(before[server].length, 4);
  }

  await desk.press("return");
  await desk.journal(/12 visitors came back: each on the same server as before, all logins kept/);
  for (const server of SERVERS) {
    const marks = await desk.marks(server);
    assert.deepEqual(marks.filter((mark) => !mark.startsWith("You")), before[server]);
  }

  await desk.press(`switch-${mine}`);
  await desk.journal(new RegExp(`${mine} stopped\\. Its memory is gone, and with it 4 logins`));
  await desk.press("return");
  await desk.journal(/12 visitors came back: 8 on the same server as before, 4 moved to another with a new cookie, 4 logins lost/);
  assert.deepEqual(await desk.marks(mine), ["You, not logged in"]);
  assert.deepEqual(complaints, []);
});

test("without any server Burdock says so, and all is well once one runs", async () => {
  await stuckTo();
  for (const server of SERVERS) await desk.press(`switch-${server}`);
  await desk.status(/is gone.*start one/);
  await desk.press("reload");
  await desk.status(/No server is left/);

  await desk.press("switch-ServerB");
  await desk.journal(/ServerB runs again/);
  await desk.status(/ServerB/);
  assert.equal(await proxyCookie(), "SB");
});

test("a browser that forgets its cookies is dealt to the next server", async () => {
  const first = await stuckTo();
  await desk.press("forget");
  await desk.journal(/You threw your cookies away/);
  await until("another server answers", async () => (await stuckTo()) !== first);
  assert.equal(await desk.site.getByTestId("visits").innerText(), "1");
  assert.equal(await desk.site.getByTestId("lost").count(), 0);
});

test("the page shows the configuration that runs, and asks nobody but this machine", async () => {
  await stuckTo();
  const shown = await desk.page.getByTestId("configuration").locator("code").allTextContents();
  const file = await (await context.request.get(new URL("haproxy.cfg", demo.desk).href)).text();
  assert.equal(`${shown.join("\n")}\n`, file);
  assert.ok(shown.includes("    cookie SRVNAME insert"));
  const origins = new Set(requested.map((url) => new URL(url).origin));
  assert.deepEqual([...origins].sort(), [demo.desk, demo.site].map((url) => new URL(url).origin).sort());
});

test("the site works without scripts", async () => {
  const plain = await browser.newContext({ javaScriptEnabled: false });
  try {
    const page = await plain.newPage();
    await page.goto(demo.site);
    const server = await page.getByTestId("server").innerText();
    await page.getByTestId("name").fill("Émilie <3");
    await page.getByTestId("login").click();
    assert.equal(await page.getByTestId("user").innerText(), "Émilie <3");
    assert.equal(await page.getByTestId("server").innerText(), server);
    await page.getByTestId("logout").click();
    await page.getByTestId("login").waitFor();
    assert.equal(await page.getByTestId("visits").innerText(), "3");
  } finally {
    await plain.close();
  }
});

test("the narrow page and the dark one hold together", async () => {
  const small = await browser.newContext({ viewport: { width: 360, height: 740 }, colorScheme: "dark", reducedMotion: "reduce" });
  try {
    const page = await small.newPage();
    await page.goto(demo.desk);
    await page.getByText(/You are stuck to Server/).waitFor();
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(overflow, 0);
    await page.getByTestId("send").click();
    await page.getByText(/12 new visitors without a cookie/).waitFor();
  } finally {
    await small.close();
  }
});
