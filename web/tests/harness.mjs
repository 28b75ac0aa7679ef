// Starts the gallery over the kept releases and over an empty city, and a browser that knows no network.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const PROGRAM = process.env.GALLERY
  ?? join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "debug", "examples", "gallery");
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const QUIET = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
  "--font-render-hinting=none", "--force-color-profile=srgb", "--hide-scrollbars"];
export const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const ROOMS = ["./", "places", "privacy", "plan"];
export const THEMES = ["light", "dark"];
export const TONGUES = ["en", "es"];
export const SIZES = { phone: [390, 844], laptop: [1280, 800], wall: [2560, 1440] };

async function gallery(...data) {
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing: cargo build --example gallery`);
  const program = spawn(PROGRAM, ["fixtures/published/riverton.toml", "0", ...data], { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
  const address = await new Promise((resolve, reject) => {
    program.stdout.once("data", (line) => resolve(String(line).trim()));
    program.once("exit", (code) => reject(new Error(`the gallery ended with ${code}`)));
  });
  return { address, stop: () => program.kill() };
}

// A browser that asks nobody by itself.
export const quietly = () => chromium.launch({ executablePath: CHROMIUM, args: QUIET, ignoreDefaultArgs: ["--headless=old"] });

// Both cities and a browser; `stop` ends them.
export async function start() {
  const nothing = mkdtempSync(join(tmpdir(), "undertone-"));
  const cities = { riverton: await gallery(), empty: await gallery(nothing) };
  const browser = await quietly();
  const stop = async () => {
    await browser.close();
    Object.values(cities).forEach((city) => city.stop());
    rmSync(nothing, { recursive: true });
  };
  return { browser, cities, stop };
}

// A page that tells what it complains of, and refuses every request but to its own origin.
export async function open({ browser, cities }, city, path, options = {}) {
  const { theme = "light", size = SIZES.laptop, tongue = "en", script = true } = options;
  const context = await browser.newContext({
    colorScheme: theme, viewport: { width: size[0], height: size[1] }, locale: tongue,
    javaScriptEnabled: script, reducedMotion: "reduce",
  });
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  const origin = new URL(cities[city].address).origin;
  await context.route("**/*", (route) => {
    const url = route.request().url();
    if (new URL(url).origin === origin || url.startsWith("data:")) return route.continue();
    complaints.push(`left the origin: ${url}`);
    return route.abort();
  });
  await page.goto(new URL(path, cities[city].address).href);
  return { page, context, complaints, close: () => context.close() };
}
