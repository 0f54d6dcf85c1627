// A site behind the program over TLS: two servers that keep logins in their own memory and echo WebSocket messages.

import { execFileSync, spawn } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect, createServer as createSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { BURDOCK, stopChild, until } from "./harness.js";

const WEBSOCKET_KEY_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; // RFC 6455 section 1.3
const SMALL_PAYLOAD = 126; // one-byte lengths end here (RFC 6455 section 5.2)

/** A server of the name: logs visitors in, knows them again, and echoes what comes over a WebSocket with its name in front. */
async function startServer(name) {
  const logins = new Map();
  const upgrades = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://site.test");
    const session = /(?:^|; )session=([^;]+)/.exec(request.headers.cookie ?? "")?.[1] ?? randomUUID();
    if (pathname === "/login") logins.set(session, searchParams.get("name"));
    response.setHeader("Set-Cookie", `session=${session}; Path=/`);
    response.setHeader("Content-Type", "text/plain");
    response.end(`${name} ${logins.get(session) ?? "nobody"}`);
  });
  server.on("upgrade", (request, socket) => {
    upgrades.push({ version: request.httpVersion, path: request.url, cookie: request.headers.cookie });
    const accept = createHash("sha1").update(request.headers["sec-websocket-key"] + WEBSOCKET_KEY_SUFFIX).digest("base64");
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
    let pending = Buffer.alloc(0);
    socket.on("data", (bytes) => {
      pending = Buffer.concat([pending, bytes]);
      for (let frame = takeFrame(pending); frame; frame = takeFrame(pending)) {
        pending = frame.rest;
        if (frame.opcode === 8) socket.end(Buffer.from([0x88, 0]));
        else socket.write(textFrame(`${name}: ${frame.text}`));
      }
    });
    socket.on("error", () => socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: server.address().port,
    upgrades,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The first whole frame of a client (masked; of less than 126 bytes, which is all that the tests send). */
function takeFrame(bytes) {
  if (bytes.length < 6) return undefined;
  const length = bytes[1] & 0x7f;
  if (length >= SMALL_PAYLOAD) throw new Error("a frame of a length that no test sends");
  if (bytes.length < 6 + length) return undefined;
  const text = bytes.subarray(6, 6 + length).map((byte, at) => byte ^ bytes[2 + (at % 4)]);
  return { opcode: bytes[0] & 0x0f, text: Buffer.from(text).toString(), rest: bytes.subarray(6 + length) };
}

function textFrame(text) {
  const payload = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x81, payload.length]), payload]);
}

async function freePort() {
  const socket = createSocket();
  socket.listen(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  return port;
}

/** The site behind `bind ... ssl`; `log` gets the lines `method version path status server alpn`. */
export async function startSite() {
  const directory = mkdtempSync(join(tmpdir(), "burdock-site-"));
  const at = (name) => join(directory, name);
  const request = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost";
  execFileSync("openssl", [...request.split(" "), "-keyout", at("key.pem"), "-out", at("cert.pem")], { stdio: "ignore" });
  writeFileSync(at("site.pem"), readFileSync(at("cert.pem"), "utf8") + readFileSync(at("key.pem"), "utf8"));
  const servers = { SA: await startServer("ServerA"), SB: await startServer("ServerB") };
  const port = await freePort();
  const lines = Object.entries(servers).map(([cookie, { port }]) => `server ${cookie} 127.0.0.1:${port} cookie ${cookie}`);
  writeFileSync(at("site.cfg"), `listen site
  bind 127.0.0.1:${port} ssl crt ${at("site.pem")} alpn h2,http/1.1
  mode http
  log stdout format raw local0
  log-format "%HM %HV %HU %ST %s %[ssl_fc_alpn]"
  balance roundrobin
  cookie SRVNAME insert indirect nocache secure
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  ${lines.join("\n  ")}
`);
  const child = spawn(BURDOCK, ["-db", "-q", "-f", at("site.cfg")], { stdio: ["ignore", "pipe", "inherit"] });
  const log = [];
  createInterface({ input: child.stdout }).on("line", (line) => log.push(line));
  const address = `https://localhost:${port}`;
  await until("the proxy listens", () => canConnect(port));
  return {
    address,
    log,
    servers,
    async stop() {
      await stopChild(child);
      Object.values(servers).forEach((server) => server.stop());
      rmSync(directory, { recursive: true });
    },
  };
}

async function canConnect(port) {
  const socket = connect(port, "127.0.0.1");
  const connected = await Promise.race([once(socket, "connect").then(() => true), once(socket, "error").then(() => false)]).catch(() => false);
  socket.destroy();
  return connected;
}
