// How long answers take with a hundred readers at once: node load.mjs [READERS] [PAGES EACH] [URL]
// URL is the outside listener of `undertone serve`; without it, the gallery of the tests.
import { get } from "node:http";
import { ROOMS, start } from "./harness.mjs";

const [readers = "100", each = "20", url] = process.argv.slice(2);
const world = url ? { stop: () => {} } : await start();
const base = url ?? world.cities.riverton.address;
const PAGES = [...ROOMS, "places?topic=noise", "./?topic=riverfront", "ledger", "plan?epsilon=4"];

const answer = (path) => new Promise((resolve, reject) => {
  const began = performance.now();
  get(new URL(path, base), { headers: { "accept-encoding": "gzip" } }, (response) => {
    response.resume();
    response.on("end", () => resolve(performance.now() - began));
  }).on("error", reject);
});

// A reader looks at a page, then for a second at it.
const reader = async (first, times) => {
  for (let at = 0; at < Number(each); at += 1) {
    await new Promise((resolve) => { setTimeout(resolve, 1000 * Math.random()); });
    times.push(await answer(PAGES[(first + at) % PAGES.length]));
  }
};
// Nothing is asked before: the first who want a page wait until it is made.
const times = [];
await Promise.all(Array.from({ length: Number(readers) }, (_, at) => reader(at, times)));
times.sort((a, b) => a - b);
const at = (share) => times[Math.min(times.length - 1, Math.floor(share * times.length))].toFixed(1);
console.log(`${times.length} answers to ${readers} readers: median ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`);
await world.stop();
