// What a browser makes of TLS, HTTP/2 and WebSockets, and the session cookie there.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startBrowser, until } from "./harness.js";
import { startSite } from "./site.js";

let browser;
let site;
let context;
let page;

before(async () => {
  browser = await startBrowser();
  site = await startSite();
  context = await browser.newContext({ ignoreHTTPSErrors: true });
  page = await context.newPage();
});
after(async () => {
  await context?.close();
  await site?.stop();
  await browser?.close();
});

const visit = async (path) => {
  await page.goto(site.address + path);
  return page.locator("body").innerText();
};

test("a login over TLS and HTTP/2 survives fifty reloads, with a cookie that stays on TLS", async () => {
  const greeting = await visit("/login?name=Marie");
  const [server] = greeting.split(" ");
  assert.equal(greeting, `${server} Marie`);
  assert.equal(await page.evaluate(() => performance.getEntriesByType("navigation")[0].nextHopProtocol), "h2");
  for (let reload = 0; reload < 50; reload += 1) assert.equal(await visit(`/reload/${reload}`), greeting);
  const cookie = (await context.cookies()).find(({ name }) => name === "SRVNAME");
  assert.equal(cookie.value, server === "ServerA" ? "SA" : "SB");
  assert.equal(cookie.secure, true);
  const line = await until("the first request is logged", () => site.log.find((line) => line.includes("/login")));
  assert.equal(line, `GET HTTP/2.0 ${site.address}/login?name=Marie 200 ${cookie.value} h2`);
});

test("a WebSocket opens over the same connection and sticks to the same server", async () => {
  const [server] = (await visit("/page")).split(" ");
  const said = await page.evaluate(
    (address) =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(address);
        const heard = [];
        socket.onopen = () => socket.send("one");
        socket.onerror = () => reject(new Error("no WebSocket"));
        socket.onmessage = ({ data }) => {
          heard.push(data);
          if (heard.length === 1) socket.send("two");
          else socket.close();
        };
        socket.onclose = () => resolve(heard);
      }),
    `${site.address.replace("https", "wss")}/talk`,
  );
  assert.deepEqual(said, [`${server}: one`, `${server}: two`]);
  const upgrades = Object.values(site.servers).flatMap(({ upgrades }) => upgrades);
  assert.deepEqual(upgrades.map(({ version, path }) => [version, path]), [["1.1", "/talk"]]);
  const line = await until("the WebSocket is logged", () => site.log.find((line) => line.includes("/talk")));
  assert.match(line, /^GET HTTP\/2\.0 \S+\/talk 101 S[AB] h2$/, "on a stream (RFC 8441), not on a connection of its own");
});
