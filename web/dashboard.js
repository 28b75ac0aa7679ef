"use strict";
// What a page can do more where scripts run: a choice acts at once, and the visitor's own machine
// checks the ledger. Every answer stands on the page without it.
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // A choice acts at once, but only by pointer: with the keyboard one passes over choices.
  for (const form of all("form.choose")) {
    let byPointer = false;
    form.addEventListener("pointerdown", () => { byPointer = true; });
    form.addEventListener("keydown", () => { byPointer = false; });
    form.addEventListener("change", () => { if (byPointer) form.requestSubmit(); });
  }

  // What a slider stands at.
  for (const shown of all("output[data-of]")) {
    const range = shown.parentElement.querySelector(`input[name="${shown.dataset.of}"]`);
    range?.addEventListener("input", () => { shown.value = String(Number(range.value)); });
  }

  const box = document.querySelector("[data-verify]");
  if (!box) return;
  box.hidden = false;
  const say = Object.fromEntries(all("[data-sentences] [data-name]", box)
    .map((span) => [span.dataset.name.slice("data-".length), span.textContent]));
  const found = box.querySelector("[data-found]"), verdict = box.querySelector("[data-verdict]");
  const buttons = all("button[data-check]", box);
  const names = all("[data-file]").map((link) => link.dataset.file);
  const within = document.getElementById("files");
  const embedded = within ? JSON.parse(within.textContent) : null;

  const utf8 = new TextEncoder(), text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const fromBase64 = (s) => Uint8Array.from(atob(s), (c) => c.charCodeAt(0));
  const toBase64 = (b) => btoa(String.fromCharCode(...b));
  const hex = (b) => [...b].map((x) => x.toString(16).padStart(2, "0")).join("");
  const join = (...parts) => {
    const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
    let at = 0;
    for (const part of parts) { out.set(part, at); at += part.length; }
    return out;
  };
  const sha256 = async (b) => new Uint8Array(await crypto.subtle.digest("SHA-256", b));
  const read = async (name) => {
    if (embedded) return utf8.encode(embedded[name]);
    const answer = await fetch(name, { credentials: "omit", redirect: "error" });
    if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
    return new Uint8Array(await answer.arrayBuffer());
  };
  const signed = async (key, signature, message) => {
    let imported;
    try {
      imported = await crypto.subtle.importKey("raw", fromBase64(key), "Ed25519", false, ["verify"]);
    } catch (error) {
      throw new Error(error.name === "NotSupportedError" ? say.old : error.message);
    }
    return crypto.subtle.verify("Ed25519", imported, fromBase64(signature), message);
  };

  // RFC 6962, section 2.1.
  const root = async (leaves) => {
    if (leaves.length === 1) return leaves[0];
    let half = 1;
    while (half * 2 < leaves.length) half *= 2;
    const [left, right] = [await root(leaves.slice(0, half)), await root(leaves.slice(half))];
    return sha256(join([1], left, right));
  };

  const tell = (sentence, good = true) => {
    const item = document.createElement("li");
    item.textContent = sentence;
    if (!good) item.className = "bad";
    found.append(item);
  };
  const fail = (sentence) => { tell(sentence, false); throw new Error(""); };

  // Each entry names the digest of the one before it, and the signed head covers them all.
  async function chain() {
    const lines = text.decode(await read("ledger/entries.jsonl")).split("\n").slice(0, -1);
    const entries = lines.map((line) => JSON.parse(line));
    let before = "0".repeat(64);
    const leaves = [];
    for (const [at, line] of lines.entries()) {
      const body = utf8.encode(line);
      if (entries[at].index !== at || entries[at].prev !== before) fail(`${at}: ${say.broken}`);
      before = hex(await sha256(body));
      leaves.push(await sha256(join([0], body)));
    }
    tell(`${lines.length} ${say.chain}`);
    const note = text.decode(await read("ledger/checkpoint"));
    const cut = note.lastIndexOf("\n\n");
    const [body, marks] = [note.slice(0, cut + 1), note.slice(cut + 2)];
    const [origin, size, top] = body.split("\n");
    if (Number(size) !== lines.length || top !== toBase64(await root(leaves))) fail(say.root);
    tell(say.root);
    const keys = entries.filter((entry) => entry.key).map((entry) => entry.key);
    const key = keys[keys.length - 1];
    const mark = marks.split("\n").map((line) => /^\u2014 (\S+) (\S+)$/.exec(line))
      .find((found) => found && found[1] === origin);
    const good = mark && await signed(key, toBase64(fromBase64(mark[2]).slice(4)), utf8.encode(body));
    if (!good) fail(say.head);
    tell(`${say.head}: ${key}`);
    return { entries, keys };
  }

  // The signature covers the exact bytes of the value of "release"; the ledger, the whole file's.
  const HEAD = '{"release":', TAIL = ',"signature":', DOMAIN = "undertone-release/1\n";
  async function release(name, bytes, { entries, keys }) {
    const file = name.slice("releases/".length);
    const commit = entries.find((entry) => entry.kind === "commit" && entry.file === file);
    const whole = text.decode(bytes), at = whole.lastIndexOf(TAIL);
    const { signature } = JSON.parse(whole);
    const message = utf8.encode(DOMAIN + whole.slice(HEAD.length, at));
    return Boolean(commit) && commit.sha256 === hex(await sha256(bytes)) && whole.startsWith(HEAD)
      && keys.includes(signature.key) && await signed(signature.key, signature.value, message);
  }

  // One released number more, in this copy alone.
  function tampered(bytes) {
    const whole = text.decode(bytes);
    return utf8.encode(whole.replace(/"noisy_units":(-?\d+)/, (_, n) => `"noisy_units":${Number(n) + 1}`));
  }

  async function check(spoilt) {
    if (!globalThis.crypto?.subtle) fail(say.insecure);
    const ledger = await chain();
    const files = names.filter((name) => name.startsWith("releases/"));
    const victim = spoilt ? files[files.length - 1] : null;
    if (victim) tell(`${say.tampered} ${victim}`);
    let good = 0;
    for (const name of files) {
      let bytes = await read(name);
      if (name === victim) bytes = tampered(bytes);
      if (!await release(name, bytes, ledger)) fail(`${name} ${say.file}`);
      good += 1;
    }
    tell(`${good} ${say.files}`);
  }

  for (const button of buttons) {
    button.addEventListener("click", async () => {
      const spoilt = button.dataset.check === "tampered";
      buttons.forEach((other) => { other.disabled = true; });
      found.replaceChildren();
      verdict.textContent = say.running;
      try {
        await check(spoilt);
        verdict.textContent = say.good;
      } catch (error) {
        if (error.message) tell(error.message, false);
        verdict.textContent = spoilt && !error.message ? `${say.bad} ${say.caught}` : say.bad;
      }
      buttons.forEach((other) => { other.disabled = false; });
      button.focus();
    });
  }
})();
