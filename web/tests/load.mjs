// How long answers take with a hundred readers at once: node load.mjs [READERS] [PAGES EACH]
import { get } from "node:http";
import { ROOMS, start } from "./harness.mjs";

const [readers, each] = process.argv.slice(2).map(Number).concat([100, 20]);
const world = await start();
const base = world.cities.riverton.address;
const PAGES = [...ROOMS, "places?topic=noise", "./?topic=riverfront", "ledger", "plan?epsilon=4"];

const answer = (path) => new Promise((resolve, reject) => {
  const began = performance.now();
  get(new URL(path, base), (response) => {
    response.resume();
    response.on("end", () => resolve(performance.now() - began));
  }).on("error", reject);
});

// A reader looks at a page, then for a second at it.
const reader = async (first, times) => {
  for (let at = 0; at < each; at += 1) {
    await new Promise((resolve) => { setTimeout(resolve, 1000 * Math.random()); });
    times.push(await answer(PAGES[(first + at) % PAGES.length]));
  }
};
for (const page of PAGES) await answer(page);
const times = [];
await Promise.all(Array.from({ length: readers }, (_, at) => reader(at, times)));
times.sort((a, b) => a - b);
const at = (share) => times[Math.min(times.length - 1, Math.floor(share * times.length))].toFixed(1);
console.log(`${times.length} answers to ${readers} readers: median ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`);
await world.stop();
