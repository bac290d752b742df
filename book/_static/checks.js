/* Answers that can be checked and not read: a page does what book/tools/course/answers.py does.
   SHA-256 is written out because browsers offer theirs on secure pages only, not on a disk. */
(() => {
  const ROUNDS = 5000;
  const NUMBER = /^([+-]?)([0-9]+\.?([0-9]*)|\.([0-9]+))(e[+-]?[0-9]+)?(%?)$/;
  const THOUSANDS = /^[+-]?[0-9]{1,3}(,[0-9]{3})+%?$/;

  // The first bits of the fractions of roots of primes.
  const primes = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
  const bits = (root) => ((root - Math.floor(root)) * 2 ** 32) | 0;
  const START = Int32Array.from(primes.slice(0, 8), (p) => bits(Math.sqrt(p)));
  const K = Int32Array.from(primes, (p) => bits(Math.cbrt(p)));
  const W = new Int32Array(64);

  const turn = (x, n) => (x >>> n) | (x << (32 - n));

  function block(state) {
    for (let i = 16; i < 64; i++) {
      const x = W[i - 15], y = W[i - 2];
      W[i] = W[i - 16] + (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3))
        + W[i - 7] + (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10));
    }
    let a = state[0], b = state[1], c = state[2], d = state[3];
    let e = state[4], f = state[5], g = state[6], h = state[7];
    for (let i = 0; i < 64; i++) {
      const t = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0;
      const u = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + t) | 0; d = c; c = b; b = a; a = (t + u) | 0;
    }
    state[0] += a; state[1] += b; state[2] += c; state[3] += d;
    state[4] += e; state[5] += f; state[6] += g; state[7] += h;
  }

  function digest(label, key) {
    const text = new TextEncoder().encode(`${label}:${key}`);
    const bytes = new Uint8Array(64 * Math.ceil((text.length + 9) / 64));
    bytes.set(text);
    bytes[text.length] = 0x80;
    const view = new DataView(bytes.buffer);
    view.setUint32(bytes.length - 4, 8 * text.length);
    const state = START.slice();
    for (let at = 0; at < bytes.length; at += 64) {
      for (let i = 0; i < 16; i++) W[i] = view.getInt32(at + 4 * i);
      block(state);
    }
    for (let round = 0; round < ROUNDS; round++) {
      W.set(state);
      W.fill(0, 8, 15);
      W[8] = 1 << 31;
      W[15] = 256;
      state.set(START);
      block(state);
    }
    return [...state.slice(0, 2)].map((each) => (each >>> 0).toString(16).padStart(8, "0")).join("");
  }

  function number(entry, about) {
    let text = entry.normalize("NFKC").toLowerCase().replace(/\s/g, "").replace(/[−–]/g, "-");
    if (text.includes(",")) {
      const apart = text.includes(".") || (about.digits === 0 && THOUSANDS.test(text));
      text = text.replaceAll(",", apart ? "" : ".");
    }
    const found = NUMBER.exec(text);
    if (!found) return null;
    const percent = found[6] !== "" && about.unit !== "%";
    const value = Number(text.replace("%", "")) / (percent ? 100 : 1);
    if (!Number.isFinite(value)) return null;
    return [value, percent || found[5] ? null : (found[3] || found[4] || "").length];
  }

  function step(value, digits) {
    const steps = Math.floor(Math.abs(value) * 10 ** digits + 0.5);
    return String(value < 0 ? -steps : steps);
  }

  const words = (entry) => entry.normalize("NFKC").toLowerCase().replace(/\(.*?\)/g, "").split(/[,;、]|\sand\s/)
    .map((name) => name.trim().replace(/\s+/g, " ")).filter(Boolean).sort().join(",");

  function judged(label, about, entry) {
    const lookedUp = (found) => {
      if (about.right.includes(found)) return [true, "Right."];
      const mistake = about.mistakes.find((each) => each.digests.includes(found));
      return mistake ? [false, mistake.says] : null;
    };
    if (about.digits === undefined) {
      const key = words(entry);
      if (!key) return [false, "Nothing was entered."];
      return lookedUp(digest(label, key)) ?? [false, "Not this."];
    }
    const read = number(entry, about);
    if (!read) return [false, "This is no number."];
    const [value, given] = read;
    const found = lookedUp(digest(label, step(value, about.digits)));
    if (found) return found;
    const others = [[-value, "The size is right, the sign is not."]];
    if (about.unit === "%") others.push([100 * value, "This is a share: per cent are asked."]);
    if (about.unit === "share") others.push([value / 100, "These are per cent: a share is asked."]);
    const near = others.find(([other]) => about.right.includes(digest(label, step(other, about.digits))));
    if (near) return [false, near[1]];
    return [false, given !== null && given < about.digits
      ? `Not this, or too few digits: ${about.digits} after the point are asked.` : "Not this."];
  }

  document.querySelectorAll("form.check").forEach((form) => {
    const about = JSON.parse(form.dataset.check);
    const said = form.querySelector("[role=status]");
    const hint = form.querySelector("details");
    const open = form.querySelector("button[type=button]");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const [right, says] = judged(form.dataset.label, about, String(new FormData(form).get("answer") ?? ""));
      said.textContent = says;
      form.dataset.right = right;
      if (!right && hint) hint.hidden = false;
      if (open && (right || !hint)) open.hidden = false;
    });
    if (hint && open) hint.addEventListener("toggle", () => { open.hidden = false; });
    open?.addEventListener("click", () => {
      // A solution stands below its exercise.
      const solution = form.closest(".exercise").nextElementSibling;
      if (solution.matches(".toggle-hidden")) solution.querySelector(".toggle-button").click();
      solution.scrollIntoView({ block: "nearest" });
    });
    form.hidden = false;
  });
})();
