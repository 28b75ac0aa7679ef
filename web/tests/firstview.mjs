// How soon a first view stands, over a slow line: node firstview.mjs URL [RUNS]
// Each room is opened in a browser that has nothing yet, at 1.5 Mbit/s down, 750 kbit/s up and 100 ms before the
// first byte of every answer, as Chromium's own emulation has it (Network.emulateNetworkConditions). It does not
// delay the connection itself: behind TLS add two or three round trips, once.
// URL is the outside listener of `undertone serve`; without it, the gallery of the tests, which does not pack.
import { SIZES, ROOMS, quietly, start } from "./harness.mjs";

const LINE = { offline: false, latency: 100, downloadThroughput: 1.5e6 / 8, uploadThroughput: 0.75e6 / 8 };
const [url, runs = "5"] = process.argv.slice(2);
const world = url ? { browser: await quietly(), stop: async () => world.browser.close() } : await start();
const base = url ?? world.cities.riverton.address;

// What the browser itself says: when the largest part of the view was painted, and when all was there.
const seen = () => new Promise((resolve) => {
  let largest = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) largest = entry.startTime;
  }).observe({ type: "largest-contentful-paint", buffered: true });
  setTimeout(() => {
    const [page] = performance.getEntriesByType("navigation");
    const [paint] = performance.getEntriesByName("first-contentful-paint");
    const bytes = [page, ...performance.getEntriesByType("resource")].reduce((n, it) => n + it.transferSize, 0);
    resolve({ first: paint.startTime, largest, all: page.loadEventEnd, bytes });
  }, 300);
});

const middle = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
console.log("room         size     first paint   largest paint (most)   all there   bytes on the line");
for (const room of ROOMS) {
  for (const size of ["phone", "laptop"]) {
    const times = [];
    for (let run = 0; run < Number(runs); run += 1) {
      const context = await world.browser.newContext({ viewport: { width: SIZES[size][0], height: SIZES[size][1] } });
      const page = await context.newPage();
      const line = await context.newCDPSession(page);
      await line.send("Network.enable");
      await line.send("Network.emulateNetworkConditions", LINE);
      await page.goto(new URL(room, base).href, { waitUntil: "load" });
      times.push(await page.evaluate(seen));
      await context.close();
    }
    const of = (name) => times.map((time) => time[name]);
    const ms = (name) => `${middle(of(name)).toFixed(0)} ms`;
    const most = `${Math.max(...of("largest")).toFixed(0)} ms`;
    const name = room === "./" ? "project" : room;
    console.log(`${name.padEnd(12)} ${size.padEnd(8)} ${ms("first").padStart(8)}      ${ms("largest").padStart(8)} (${most})`
      + `      ${ms("all").padStart(8)}    ${middle(of("bytes"))}`);
  }
}
await world.stop();
