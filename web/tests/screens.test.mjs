// Each room at three sizes in both themes, against a small picture kept beside: layout, marks and
// colours, not the edges of letters, which differ from machine to machine. The pages are made from
// kept releases, so no noise moves them. UPDATE=1 keeps what is seen.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ROOMS, SIZES, THEMES, open, start } from "./harness.mjs";

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), "screens");
const SEEN = process.env.SCREENS; // a folder for what was seen, whole
const WIDTHS = { phone: 96, laptop: 160, wall: 160 }; // of the kept pictures
const FAR = 40; // of 255, on any channel
const SHARE_MAX = 0.06; // of points that may be that far off

let world;
before(async () => { world = await start(); });
after(async () => { await world.stop(); });

// Drawn small, where letters become grey and layout stays.
async function small(page, png, width) {
  return page.evaluate(async ([source, width]) => {
    const image = new Image();
    image.src = source;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = Math.round(image.height * width / image.width);
    const draw = canvas.getContext("2d");
    draw.imageSmoothingQuality = "high";
    draw.drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/png");
  }, [`data:image/png;base64,${png.toString("base64")}`, width]);
}

// The share of points that differ by far; 1 where the sizes do.
async function differing(page, one, other) {
  return page.evaluate(async ([a, b, far]) => {
    const points = async (source) => {
      const image = new Image();
      image.src = source;
      await image.decode();
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [image.width, image.height];
      const draw = canvas.getContext("2d");
      draw.drawImage(image, 0, 0);
      return draw.getImageData(0, 0, image.width, image.height);
    };
    const [x, y] = [await points(a), await points(b)];
    if (x.width !== y.width || x.height !== y.height) return 1;
    let off = 0;
    for (let at = 0; at < x.data.length; at += 4) {
      if ([0, 1, 2].some((c) => Math.abs(x.data[at + c] - y.data[at + c]) > far)) off += 1;
    }
    return off / (x.data.length / 4);
  }, [one, other, FAR]);
}

for (const [size, viewport] of Object.entries(SIZES)) {
  for (const theme of THEMES) {
    test(`${size}, ${theme}: every room looks as it did`, async () => {
      // The picture of one page is drawn on another, which has no policy against it.
      const bench = await world.browser.newPage();
      for (const room of ROOMS) {
        const name = `${room.replace("./", "project")}-${size}-${theme}`;
        const it = await open(world, "riverton", room, { theme, size: viewport });
        const whole = await it.page.screenshot();
        await it.close();
        if (SEEN) {
          mkdirSync(SEEN, { recursive: true });
          writeFileSync(join(SEEN, `${name}.png`), whole);
        }
        const seen = await small(bench, whole, WIDTHS[size]);
        const kept = join(FOLDER, `${name}.png`);
        if (process.env.UPDATE) {
          mkdirSync(FOLDER, { recursive: true });
          writeFileSync(kept, Buffer.from(seen.split(",")[1], "base64"));
        }
        assert.ok(existsSync(kept), `${name}: no picture is kept; UPDATE=1 keeps one`);
        const share = await differing(bench, seen, `data:image/png;base64,${readFileSync(kept).toString("base64")}`);
        assert.ok(share <= SHARE_MAX, `${name}: ${(100 * share).toFixed(1)} % of it looks otherwise`);
      }
      await bench.close();
    });
  }
}
