// The desk: opens the site in the frame, follows the scene, and passes on what the buttons ask for.

import { onPress, setEnabled } from "/elements.js";
import { Journal } from "/journal.js";
import { Me } from "/me.js";
import { Servers } from "/servers.js";
import { headline, linesAbout, showHeadline, showTicket, Steps } from "/story.js";
import { letterOf, toneOf, Wires } from "/wires.js";

const RETRY_MS = 1000;
const RELOAD_PACE_MS = 90;
const FLIGHT_PACE_MS = 70;
const NEW_VISITORS = 12;
/** Characters of a configuration line that leaves no room beside it. */
const LONG_LINE = 48;

const byId = (id) => document.getElementById(id);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const [setting, firstScene] = await Promise.all([getJson("/api/setting"), getJson("/api/scene")]);
const siteUrl = `http://${location.hostname}:${setting.site_port}/`;

const journal = new Journal(byId("journal"));
const me = new Me(byId("site"), siteUrl, setting.proxy_cookie);
const steps = new Steps({ login: byId("step-login"), reload: byId("step-reload"), stop: byId("step-stop"), moved: byId("step-moved") });
const servers = new Servers(byId("servers"), byId("server-card"), firstScene.servers, switchServer);
const places = { me: byId("browser"), crowd: byId("crowd"), proxy: byId("proxy"), servers: servers.cards };
const wires = new Wires(byId("stage"), byId("wires"), places);

let scene = firstScene;
let lastLanding = firstScene.landings.at(-1)?.seq ?? 0;
let isSilent = false;
let isReloading = false;
let isCrowdBusy = false;
/** Your requests to the server you are stuck to, since you came to it. */
let requests = 0;

byId("address").textContent = siteUrl;
showConfiguration();
show();
listen();

me.addEventListener("visit", ({ detail: { visit, before } }) => {
  isSilent = false;
  requests = before?.server === visit.server ? requests + 1 : 1;
  steps.visited(visit, before);
  for (const line of linesAbout(visit, before, setting.proxy_cookie)) journal.tell(line, visit.server);
  wires.fly("me", visit.server, "");
  show();
});
me.addEventListener("silence", () => {
  isSilent = true;
  show();
});

for (const button of document.querySelectorAll("[data-reload]")) {
  onPress(button, () => reload(Number(button.dataset.reload)));
}
onPress(byId("stop-mine"), () => switchServer(me.visit.server, false));
onPress(byId("forget"), async () => {
  await ask("POST", "/api/me/forget");
  journal.tell("You threw your cookies away.");
  me.visit = null;
  await reload(1);
});
onPress(byId("send"), () => crowdErrand("POST", "/api/visitors", { count: NEW_VISITORS }));
onPress(byId("return"), () => crowdErrand("POST", "/api/visitors/return"));
onPress(byId("home"), () => crowdErrand("DELETE", "/api/visitors"));

reload(1);
// Burdock may still be starting, or have found no server a moment ago.
setInterval(() => isSilent && stopped().size < scene.servers.length && reload(1), RETRY_MS);

/** Asks for the site a number of times, one after the other, until one is not answered by a server. */
async function reload(times) {
  if (isReloading) return;
  isReloading = true;
  show();
  let answered = false;
  for (let turn = 0; turn < times; turn++) {
    if (turn > 0) await pause(RELOAD_PACE_MS);
    answered = await me.reload();
    if (!answered) break;
  }
  if (times > 1 && answered) tellReloads(times);
  isReloading = false;
  show();
}

function tellReloads(times) {
  const landed = new Set(me.trail.slice(-times));
  const where = landed.size === 1 ? `each was answered by ${me.visit.server}` : `they were answered by ${[...landed].join(", ")}`;
  journal.tell(`You reloaded ${times} times: ${where}.`, me.visit.server);
}

async function switchServer(name, on) {
  await ask("POST", `/api/servers/${name}/${on ? "start" : "stop"}`);
}

async function crowdErrand(method, path, body) {
  isCrowdBusy = true;
  show();
  await ask(method, path, body);
  isCrowdBusy = false;
  show();
}

/** Follows the scene. When the demo ended and runs again, the page begins anew with it. */
function listen() {
  const events = new EventSource("/api/events");
  let wasLost = false;
  events.addEventListener("scene", ({ data }) => {
    if (wasLost) location.reload();
    else follow(JSON.parse(data));
  });
  events.addEventListener("error", () => {
    wasLost = true;
    byId("offline").hidden = false;
  });
}

function follow(newScene) {
  scene = newScene;
  const news = scene.landings.filter(({ seq }) => seq > lastLanding);
  lastLanding = news.at(-1)?.seq ?? lastLanding;
  for (const [index, { visitor, name, server }] of news.entries()) {
    const flight = pause(index * FLIGHT_PACE_MS).then(() => wires.fly("crowd", server, name[0]));
    servers.land(visitor, flight);
  }
  show();
}

/** The names of the servers that are off. */
function stopped() {
  return new Set(scene.servers.filter(({ memory }) => !memory).map(({ name }) => name));
}

/** Brings the page in line with what is known. */
function show() {
  const off = stopped();
  const { visit } = me;
  const mine = visit?.cookie ? visit.server : null;
  showHeadline(headline({ visit, isSilent, off, all: scene.servers.length, requests }), { title: byId("status"), note: byId("status-note") });
  showTicket(document.querySelector(".ticket"), byId("cookie"), setting.proxy_cookie, visit);
  steps.show(mine, off, isReloading);
  servers.show(scene.servers, scene.visitors, { server: mine, user: visit?.user });
  wires.show(mine, off);
  journal.show(scene.journal);
  showTrail();
  showCrowd();
  for (const button of document.querySelectorAll("[data-reload], #forget")) setEnabled(button, !isReloading);
}

function showTrail() {
  const list = byId("trail");
  list.replaceChildren(
    ...me.trail.map((server) => {
      const item = document.createElement("li");
      item.className = server ? toneOf(server) : "";
      item.textContent = server ? letterOf(server) : "–";
      item.title = server ?? "no server answered";
      return item;
    }),
  );
}

function showCrowd() {
  const number = scene.visitors.length;
  byId("crowd-count").textContent = number ? `(${number})` : "";
  setEnabled(byId("send"), !isCrowdBusy && number < setting.max_visitors);
  setEnabled(byId("return"), !isCrowdBusy && number > 0);
  setEnabled(byId("home"), !isCrowdBusy && number > 0);
}

function showConfiguration() {
  const rows = setting.configuration.lines.map(({ text, note, is_sticky: isSticky }) => {
    const row = document.createElement("li");
    row.classList.toggle("sticky", isSticky);
    row.classList.toggle("section", !text.startsWith(" "));
    row.classList.toggle("long", text.length > LONG_LINE);
    const code = document.createElement("code");
    const [, indent, keyword, rest] = text.match(/^( *)(\S+)(.*)$/);
    const word = document.createElement("b");
    word.className = "word";
    word.textContent = keyword;
    code.append(indent, word, rest);
    const words = document.createElement("span");
    words.textContent = note;
    row.append(code, words);
    return row;
  });
  byId("configuration").replaceChildren(...rows);
}

async function getJson(path) {
  const response = await fetch(path);
  return response.json();
}

/** Asks the desk for something; a refusal goes to the journal. */
async function ask(method, path, body) {
  const json = body && { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  try {
    const response = await fetch(path, { method, ...json });
    if (!response.ok) journal.tell(`That did not work: ${(await response.json()).problem ?? response.status}`);
  } catch {
    journal.tell("That did not work: the demo does not answer.");
  }
}
