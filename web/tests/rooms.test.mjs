import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AXE, ROOMS, SIZES, THEMES, TONGUES, open, start } from "./harness.mjs";

let world;
before(async () => { world = await start(); });
after(async () => { await world.stop(); });

const CITIES = ["riverton", "empty"];
const MORE = ["places?topic=noise", "plan?epsilon=4&days=56", "ledger", "entry?entry=1", "./?topic=riverfront"];

for (const city of CITIES) {
  for (const theme of THEMES) {
    for (const tongue of TONGUES) {
      test(`${city}, ${theme}, ${tongue}: no serious violation, no complaint, nothing from elsewhere`, async () => {
        const rooms = city === "riverton" ? [...ROOMS, ...MORE] : ROOMS;
        for (const room of rooms) {
          const it = await open(world, city, room, { theme, tongue });
          await it.page.evaluate(AXE);
          const found = await it.page.evaluate(() => axe.run(document, {
            runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
          }));
          const serious = found.violations.filter((v) => ["serious", "critical"].includes(v.impact));
          const told = serious.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).slice(0, 3).join(" | ")}`);
          assert.deepEqual(told, [], `${room}`);
          assert.deepEqual(it.complaints, [], `${room}`);
          await it.close();
        }
      });
    }
  }
}

for (const city of CITIES) {
  test(`${city}: the answer to each room's question is read with scripts off`, async () => {
    for (const room of ROOMS) {
      const it = await open(world, city, room, { script: false });
      const question = await it.page.locator("h1").innerText();
      const answer = await it.page.locator(".verdict").first().innerText();
      assert.ok(question.endsWith("?") && answer.length > 20, `${room}: ${question} ${answer}`);
      assert.equal(await it.page.locator("[data-verify]:visible").count(), 0);
      await it.close();
    }
  });
}

test("scripts off: a form leads where its choice says", async () => {
  const it = await open(world, "riverton", "./", { script: false });
  await it.page.selectOption("select[name=topic]", "noise");
  await it.page.click("form.choose button");
  assert.match(it.page.url(), /topic=noise/);
  assert.match(await it.page.locator("h1").innerText(), /“/);
  await it.close();
});

test("keyboard alone: skip link, every room, a choice, a table, and a place of the map", async () => {
  const it = await open(world, "riverton", "./");
  const { page } = it;
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  const tabTo = async (fits) => {
    for (let i = 0; i < 120; i += 1) {
      await page.keyboard.press("Tab");
      if (await page.evaluate(fits)) return;
    }
    assert.fail(`the keyboard never reached ${fits}`);
  };
  await tabTo(() => document.activeElement.matches("select[name=topic]"));
  await page.keyboard.press("n");
  await page.keyboard.press("ArrowDown");
  await tabTo(() => document.activeElement.matches("form.choose button"));
  await page.keyboard.press("Enter");
  await page.waitForURL(/topic=/);
  await page.goto(new URL("places", world.cities.riverton.address).href);
  await tabTo(() => document.activeElement.matches("#map a"));
  const name = await page.evaluate(() => document.activeElement.getAttribute("aria-label"));
  assert.match(name, /^\S.*: /);
  await page.keyboard.press("Enter");
  await page.waitForURL(/a=/);
  await tabTo(() => document.activeElement.matches("#ranking summary"));
  await page.keyboard.press("Enter");
  assert.ok(await page.locator("#ranking details[open]").count() > 0);
  assert.deepEqual(it.complaints, []);
  await it.close();
});

test("each focus can be seen: what has it looks otherwise than without", async () => {
  for (const room of ["places", "privacy"]) {
    const it = await open(world, "riverton", room);
    for (let i = 0; i < 40; i += 1) {
      await it.page.keyboard.press("Tab");
      const [same, what] = await it.page.evaluate(() => {
        const at = document.activeElement;
        const looks = () => [at, ...at.querySelectorAll("path, rect, text")].map((part) => {
          const { outlineStyle, outlineWidth, strokeWidth, textDecorationLine } = getComputedStyle(part);
          return [outlineStyle, outlineWidth, strokeWidth, textDecorationLine].join();
        }).join(";");
        const focused = looks();
        at.blur();
        const blurred = looks();
        at.focus();
        return [at !== document.body && focused === blurred, at.outerHTML.slice(0, 120)];
      });
      assert.ok(!same, what);
    }
    await it.close();
  }
});

test("nothing is cut off or scrolls sideways at any size", async () => {
  for (const size of Object.values(SIZES)) {
    for (const room of [...ROOMS, ...MORE]) {
      const it = await open(world, "riverton", room, { size });
      const wide = await it.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(wide <= 0, `${room} at ${size}: ${wide} px too wide`);
      await it.close();
    }
  }
});

test("the visitor's machine verifies the ledger, and finds a tampered copy out", async () => {
  const it = await open(world, "riverton", "privacy");
  await it.page.click("[data-check=true]");
  await it.page.waitForFunction(() => !document.querySelector("[data-check=true]").disabled);
  const verdict = it.page.locator("[data-verdict]");
  assert.match(await verdict.innerText(), /Every check holds/);
  assert.equal(await it.page.locator("[data-found] .bad").count(), 0);
  await it.page.click("[data-check=tampered]");
  await it.page.waitForFunction(() => !document.querySelector("[data-check=tampered]").disabled);
  assert.match(await verdict.innerText(), /NOT verified.*found out/);
  assert.equal(await it.page.locator("[data-found] .bad").count(), 1);
  assert.deepEqual(it.complaints, []);
  await it.close();
});

test("a lying server is found out: entries reordered, a head of other entries, a release changed", async () => {
  for (const [name, spoil] of [
    ["ledger/entries.jsonl", (text) => text.split("\n").slice(0, -2).join("\n") + "\n"],
    ["ledger/entries.jsonl", (text) => text.replace('"attempt":1', '"attempt":2')],
    ["ledger/checkpoint", (text) => text.replace(/\n(\d+)\n/, "\n3\n")],
    ["ledger/checkpoint", (text) => text.replace(/ (\S{20})(\S)/, (_, a, b) => ` ${a}${b === "A" ? "B" : "A"}`)],
  ]) {
    const it = await open(world, "riverton", "privacy");
    await it.context.route(`**/${name}`, async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, body: spoil(await answer.text()) });
    });
    await it.page.click("[data-check=true]");
    await it.page.waitForFunction(() => !document.querySelector("[data-check=true]").disabled);
    assert.match(await it.page.locator("[data-verdict]").innerText(), /NOT verified/, name);
    await it.close();
  }
});

test("a browser without Ed25519 says so instead of failing silently", async () => {
  const it = await open(world, "riverton", "privacy");
  await it.page.evaluate(() => {
    SubtleCrypto.prototype.importKey = () => Promise.reject(new DOMException("x", "NotSupportedError"));
  });
  await it.page.click("[data-check=true]");
  await it.page.waitForFunction(() => !document.querySelector("[data-check=true]").disabled);
  assert.match(await it.page.locator("[data-found]").innerText(), /does not know Ed25519/);
  assert.match(await it.page.locator("[data-verdict]").innerText(), /^NOT verified/);
  await it.close();
});
