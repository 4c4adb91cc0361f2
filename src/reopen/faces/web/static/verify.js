// Checks a receipt in the browser, by the rules of reopen.ledger.verify, and needs nothing but this
// file: RFC 6962 trees, c2sp.org/tlog-proof, signed-note, tlog-checkpoint. What a browser cannot
// check (ML-DSA-44) is said, and never counted.
(() => {
  const HEADER = "c2sp.org/tlog-proof@v1";
  const DASH = "\u2014 ";
  const ED25519 = 1, COSIGNATURE = 4, ML_DSA = 6;
  const NAMES = { 1: "Ed25519", 4: "Ed25519 cosignature", 6: "ML-DSA-44" };
  const BYTES = { 1: 32, 4: 32, 6: 1312 };
  const FIELD = 2n ** 255n - 19n;
  const ORDER_8 = 0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n;
  const WEAK = new Set([0n, 1n, FIELD - 1n, ORDER_8, FIELD - ORDER_8]);

  class Malformed extends Error {}
  class NotProven extends Error {}
  class NoKey extends Error {} // a gap in what was given, not a fault in the receipt

  const encoder = new TextEncoder();
  const utf8 = (text) => encoder.encode(text);
  const text = (bytes) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  const joined = (...parts) => {
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  };
  const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);
  const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const short = (words) => (words.length <= 60 ? words : `${words.slice(0, 57)}...`);
  const controls = (words) => /[\u0000-\u001f]/.test(words);

  const base64 = (words, what) => {
    let raw = "";
    try {
      raw = atob(words);
    } catch {
      raw = "";
    }
    if (!raw || btoa(raw) !== words) throw new Malformed(`${what} is not base64: ${short(words)}`);
    return Uint8Array.from(raw, (sign) => sign.charCodeAt(0));
  };
  const hash = (words, what) => {
    const data = base64(words, what);
    if (data.length !== 32) throw new Malformed(`${what} has ${data.length} bytes; a hash has 32.`);
    return data;
  };
  const decimal = (words, what) => {
    if (!/^(0|[1-9][0-9]{0,18})$/.test(words) || BigInt(words) >= 1n << 63n) {
      throw new Malformed(`${what} is not a number: ${short(words)}`);
    }
    return BigInt(words);
  };
  const isKeyName = (name) =>
    name !== "" && !/[\s\u0000-\u001f\u0085+]/u.test(name) && !/\p{Surrogate}/u.test(name);

  // Keys

  const keyOf = async (line) => {
    const found = /^([^+]*)\+([0-9a-f]{8})\+(.*)$/su.exec(line);
    if (!found) throw new Malformed(`${short(line)} is not a verifier key: its form is NAME+ID+KEY.`);
    const [, name, id, encoded] = found;
    const data = base64(encoded, `The key of ${name}`);
    const type = data[0];
    const key = data.slice(1);
    if (!(type in NAMES)) throw new Malformed(`The key of ${name} signs in a way not known here.`);
    if (!isKeyName(name)) throw new Malformed(`${name} is not the name of a key.`);
    if (key.length !== BYTES[type]) throw new Malformed(`A public key of ${key.length} bytes.`);
    if (type !== ML_DSA) {
      const y = BigInt(`0x${hex(key.slice().reverse())}`) & ((1n << 255n) - 1n);
      if (y >= FIELD || WEAK.has(y)) {
        throw new Malformed(`The key of ${name} is a weak point of the curve: anybody can sign.`);
      }
    }
    const own = hex((await sha256(joined(utf8(`${name}\n`), data))).slice(0, 4));
    if (own !== id) throw new Malformed(`The key of ${name} says that its id is ${id}; it is ${own}.`);
    return { name, type, key, id };
  };

  // A policy file, or the keys' lines alone: a log's key signs, a witness's cosigns. What the
  // verifier refuses in a policy is refused here, so that nobody counts twice.
  const trustOf = async (words) => {
    const trust = { logs: [], witnesses: [], groups: [], quorum: null };
    const defined = new Set(["none"]);
    const grouped = new Set();
    let alone = true;
    const define = (name) => {
      if (defined.has(name)) throw new Malformed(`The name ${short(name)} is taken.`);
      defined.add(name);
    };
    const first = (keys, key) => {
      if (keys.some((each) => each.name === key.name && each.id === key.id)) {
        throw new Malformed(`The key of ${key.name} is listed twice.`);
      }
    };
    const log = (key) => {
      if (key.type === COSIGNATURE) throw new Malformed(`${key.name} is a witness's key.`);
      first(trust.logs, key);
      trust.logs.push(key);
    };
    const witness = (called, key) => {
      if (key.type === ED25519) throw new Malformed(`${key.name} is a log's key.`);
      first(trust.witnesses, key);
      define(called);
      trust.witnesses.push({ called, ...key });
    };
    const group = (name, threshold, members) => {
      for (const member of members) {
        if (!defined.has(member) || member === "none") {
          throw new Malformed(`${short(member)} is not defined above the group ${short(name)}.`);
        }
        if (grouped.has(member)) throw new Malformed(`${short(member)} is a member twice.`);
        grouped.add(member);
      }
      const count = { any: 1, all: members.length }[threshold] ?? Number(decimal(threshold, "A threshold"));
      if (!(count >= 1 && count <= members.length)) throw new Malformed(`The group ${short(name)}.`);
      define(name);
      trust.groups.push({ name, count, members });
    };
    for (const line of words.split("\n")) {
      const parts = line.split(/[ \t\r]+/).filter(Boolean);
      if (!parts.length || parts[0].startsWith("#")) continue;
      const [what, ...rest] = parts;
      if (parts.length === 1) {
        const key = await keyOf(what);
        if (key.type === COSIGNATURE) witness(key.name, key);
        else log(key);
        continue;
      }
      alone = false;
      if (what === "log" && rest.length <= 2) log(await keyOf(rest[0]));
      else if (what === "witness" && [2, 3].includes(rest.length)) witness(rest[0], await keyOf(rest[1]));
      else if (what === "group" && rest.length >= 3) group(rest[0], rest[1], rest.slice(2));
      else if (what === "quorum" && rest.length === 1) {
        if (trust.quorum !== null) throw new Malformed("A second quorum line.");
        if (!defined.has(rest[0])) throw new Malformed(`The quorum ${short(rest[0])} is not defined above.`);
        [trust.quorum] = rest;
      } else throw new Malformed(`${short(line)} says nothing known.`);
    }
    if (alone) trust.quorum = "none";
    if (trust.quorum === null) throw new Malformed("The policy has no quorum line.");
    if (!trust.logs.length) throw new Malformed("No key of the log is given.");
    return trust;
  };
  const satisfied = (trust, cosigned) => {
    const have = new Set(cosigned);
    for (const group of trust.groups) {
      if (group.members.filter((member) => have.has(member)).length >= group.count) {
        have.add(group.name);
      }
    }
    return trust.quorum === "none" || have.has(trust.quorum);
  };

  // Notes and checkpoints

  const noteOf = (bytes) => {
    if (bytes.length > 1_000_000) throw new Malformed("A signed note of more than a million bytes.");
    let whole;
    try {
      whole = text(bytes);
    } catch {
      throw new Malformed("A signed note that is not UTF-8.");
    }
    if (/[\u0000-\u0009\u000b-\u001f]/.test(whole)) {
      throw new Malformed("A signed note with control characters. Was it edited or cut?");
    }
    const gap = whole.lastIndexOf("\n\n");
    const tail = whole.slice(gap + 2);
    if (gap < 0 || !tail.endsWith("\n")) throw new Malformed("Not a signed note.");
    const lines = tail.slice(0, -1).split("\n");
    if (lines.length > 100) throw new Malformed("A signed note with more than 100 signatures.");
    return { text: `${whole.slice(0, gap)}\n`, lines: [...new Set(lines)].map(signatureOf) };
  };
  const signatureOf = (line) => {
    const rest = line.startsWith(DASH) ? line.slice(DASH.length) : "";
    const space = rest.indexOf(" ");
    const name = space < 0 ? rest : rest.slice(0, space);
    let data = new Uint8Array();
    try {
      data = base64(space < 0 ? "" : rest.slice(space + 1), "It");
    } catch {
      data = new Uint8Array();
    }
    if (!rest || !isKeyName(name) || data.length < 5) {
      throw new Malformed(`Not a signature line: ${short(line)}`);
    }
    return { name, id: hex(data.slice(0, 4)), signature: data.slice(4) };
  };
  const checkpointOf = async (note) => {
    const lines = note.text.split("\n");
    if (lines.length < 4 || lines.pop()) throw new Malformed("Not a checkpoint: it has three lines.");
    const [origin, number, encoded, ...more] = lines;
    const size = decimal(number, "A checkpoint's number of entries");
    const root = hash(encoded, "A checkpoint's root");
    if ([origin, ...more].some((line) => !line || controls(line))) {
      throw new Malformed("A checkpoint with an empty line.");
    }
    if (size === 0n && !same(root, await sha256(new Uint8Array()))) {
      throw new Malformed("A checkpoint of no entries with the root of some.");
    }
    return { origin, size, root };
  };

  // Signatures: those by these keys; one that does not hold spoils the note.
  const signedBy = async (note, keys) => {
    const held = [];
    const unchecked = [];
    for (const line of note.lines) {
      const key = keys.find((each) => each.name === line.name && each.id === line.id);
      if (!key) continue;
      let { signature } = line;
      let time = 0n;
      if (key.type !== ED25519) {
        if (signature.length < 8) throw new Malformed(`A cosignature too short, by ${key.name}.`);
        time = BigInt(`0x${hex(signature.slice(0, 8))}`);
        if (time >= 1n << 63n) throw new Malformed(`A cosignature with an impossible time.`);
        signature = signature.slice(8);
      }
      if (key.type === ML_DSA) {
        unchecked.push({ key, time });
        continue;
      }
      const message = key.type === ED25519 ? note.text : `cosignature/v1\ntime ${time}\n${note.text}`;
      const made = await crypto.subtle.importKey("raw", key.key, { name: "Ed25519" }, false, ["verify"]);
      if (!(await crypto.subtle.verify({ name: "Ed25519" }, made, signature, utf8(message)))) {
        throw new NotProven(
          `A signature in the name of ${key.name} (key ${key.id}) does not hold: either the text ` +
            "was changed or the signature is not by that key.",
        );
      }
      held.push({ key, time });
    }
    return { held, unchecked };
  };

  // Receipts

  const proofOf = (bytes) => {
    let gap = -1;
    for (let i = 0; i + 1 < bytes.length && gap < 0; i += 1) {
      if (bytes[i] === 10 && bytes[i + 1] === 10) gap = i;
    }
    const head = gap < 0 ? new Uint8Array() : bytes.slice(0, gap);
    const lines = head.some((byte) => byte > 127) ? [] : text(head).split("\n");
    if (lines.shift() !== HEADER) throw new Malformed(`Not a receipt: its first line is ${HEADER}.`);
    let extra = null;
    if (lines[0]?.startsWith("extra ")) extra = base64(lines.shift().slice(6), "The extra data");
    if (!lines[0]?.startsWith("index ")) throw new Malformed("A receipt without its entry's number.");
    const index = decimal(lines.shift().slice(6), "The number of the entry");
    if (lines.length > 63) throw new Malformed(`A proof of ${lines.length} hashes: at most 63.`);
    const hashes = lines.map((line) => hash(line, "A hash of the proof"));
    return { extra, index, hashes, note: noteOf(bytes.slice(gap + 2)) };
  };
  const included = async (index, size, leaf, hashes, root) => {
    if (index >= size) throw new NotProven(`Entry ${index} of a log of ${size} entries.`);
    let at = index;
    let last = size - 1n;
    let own = leaf;
    const node = (left, right) => sha256(joined(Uint8Array.of(1), left, right));
    for (const each of hashes) {
      if (!last) throw new NotProven(`The inclusion proof is too long: ${hashes.length} hashes.`);
      if (at & 1n || at === last) {
        own = await node(each, own);
        while (at && !(at & 1n)) {
          at >>= 1n;
          last >>= 1n;
        }
      } else {
        own = await node(own, each);
      }
      at >>= 1n;
      last >>= 1n;
    }
    if (last) throw new NotProven(`The inclusion proof is too short: ${hashes.length} hashes.`);
    if (!same(own, root)) {
      throw new NotProven(
        `The proof for entry ${index} leads to another root than the checkpoint's: the entry is ` +
          "not in this log as the checkpoint states it.",
      );
    }
  };

  const at = (time) => {
    if (!time) return "";
    const day = new Date(Number(time) * 1000);
    const words = Number.isNaN(day.getTime()) ? `${time} seconds after 1970` : day.toISOString();
    return `, at ${words.replace("T", " ").replace(".000Z", " UTC")}`;
  };

  const check = async (bytes, words) => {
    if (!globalThis.crypto?.subtle) {
      throw new Malformed(
        "This browser checks signatures only on pages that came over TLS or from this computer.",
      );
    }
    const trust = await trustOf(words);
    const proof = proofOf(bytes);
    const checkpoint = await checkpointOf(proof.note);
    if (!proof.extra || proof.extra.length <= 32) {
      throw new Malformed("The receipt does not hold the record and its salt: ask for a full one.");
    }
    const keys = trust.logs.filter((key) => key.name === checkpoint.origin);
    if (!keys.length) {
      throw new NoKey(
        `The checkpoint is of the log ${checkpoint.origin}, of which no key is given: ` +
          "ask somebody you trust for it.",
      );
    }
    const signed = await signedBy(proof.note, keys);
    if (!signed.held.length && !signed.unchecked.length) {
      throw new NoKey(
        `No key that is given for ${checkpoint.origin} signed the checkpoint: ` +
          "ask somebody you trust whether it has another.",
      );
    }
    const cosigned = await signedBy(proof.note, trust.witnesses);
    const called = (each) => each.key.called;
    const sure = cosigned.held.map(called);
    const perhaps = [...sure, ...cosigned.unchecked.map(called)];
    if (!satisfied(trust, perhaps)) {
      throw new NotProven(`Cosigned by ${sure.join(", ") || "nobody of the policy"}: its quorum is not met.`);
    }
    const leaf = await sha256(joined(utf8("reopen/leaf/v1\n"), proof.extra));
    const leafHash = await sha256(joined(Uint8Array.of(0), leaf));
    await included(proof.index, checkpoint.size, leafHash, proof.hashes, checkpoint.root);
    if (!signed.held.length) {
      throw new Malformed(
        "Only ML-DSA-44 keys of the log are given, which a browser cannot check: use verify.py.",
      );
    }
    if (!satisfied(trust, sure)) {
      throw new Malformed(
        "The policy's quorum rests on ML-DSA-44 cosignatures, which a browser cannot check: use verify.py.",
      );
    }
    const known = new Set([...keys, ...trust.witnesses].map((key) => `${key.name} ${key.id}`));
    const others = proof.note.lines.filter((line) => !known.has(`${line.name} ${line.id}`));
    let record;
    try {
      record = text(proof.extra.slice(32));
    } catch {
      record = hex(proof.extra.slice(32));
    }
    return {
      checked: [
        `The record below is entry ${proof.index} (counted from 0) of the log ${checkpoint.origin} as ` +
          `it stood at ${checkpoint.size} entries. Not one character of it was changed since.`,
        ...signed.held.map((e) => `Signed by ${e.key.name}, the log itself: ${NAMES[e.key.type]} key ${e.key.id}.`),
        ...cosigned.held.map((e) => `Cosigned by ${e.key.called} (${e.key.name})${at(e.time)}.`),
      ],
      unchecked: [
        ...[...signed.unchecked, ...cosigned.unchecked].map(
          (e) => `The ML-DSA-44 signature of ${e.key.name} (key ${e.key.id}): a browser cannot check it; verify.py can.`,
        ),
        ...others.map((line) => `A signature in the name of ${line.name} (key ${line.id}): its key was not given.`),
        ...(cosigned.held.length
          ? ["That the witnesses are independent of the log's owner: you say whom you trust."]
          : ["When it was entered, and that others are shown the same log: no witness that you named cosigned, so that the log's owner could have made it anew."]),
        "That the record is true. Only that it stood in the log in these words.",
        "That it is the last word: a later entry may amend it.",
        "That it is all there is: what was never entered leaves no trace in a log.",
      ],
      record,
    };
  };

  const judged = async (bytes, words) => {
    try {
      return { verdict: "holds", ...(await check(bytes, words)) };
    } catch (error) {
      const verdict = error instanceof NotProven ? "does not hold" : "cannot tell";
      const known = [Malformed, NotProven, NoKey].some((kind) => error instanceof kind);
      const why = known ? error.message : `${error}`;
      return { verdict, checked: [], unchecked: [], record: "", why };
    }
  };

  const HEADLINES = {
    holds: "It holds, as far as a browser can check",
    "does not hold": "It does not hold",
    "cannot tell": "Nothing can be said of it",
  };
  const list = (title, lines) => {
    const heading = document.createElement("h3");
    heading.textContent = title;
    const items = document.createElement("ul");
    for (const line of lines) {
      const item = document.createElement("li");
      item.textContent = line;
      items.append(item);
    }
    return lines.length ? [heading, items] : [];
  };
  const show = (box, found) => {
    const title = document.createElement("h2");
    title.textContent = HEADLINES[found.verdict];
    const parts = [title];
    if (found.why) {
      const why = document.createElement("p");
      why.textContent = found.why;
      parts.push(why);
    }
    parts.push(...list("What was checked", found.checked));
    parts.push(...list("What was not checked, or is not proven", found.unchecked));
    if (found.record) {
      const heading = document.createElement("h3");
      heading.textContent = "The record, in the very words of the log";
      const record = document.createElement("pre");
      record.tabIndex = 0;
      record.textContent = found.record;
      parts.push(heading, record);
    }
    box.replaceChildren(...parts);
    box.dataset.verdict = found.verdict;
    box.hidden = false;
    box.focus();
  };

  addEventListener("DOMContentLoaded", () => {
    const form = document.getElementById("verify");
    const box = document.getElementById("verdict");
    if (!form || !box) return;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      delete box.dataset.verdict;
      const [file] = form.elements.receipt.files;
      const bytes = file
        ? new Uint8Array(await file.arrayBuffer())
        : utf8(form.elements.pasted.value.replaceAll("\r\n", "\n"));
      show(box, await judged(bytes, form.elements.keys.value));
    });
    form.hidden = false;
  });
})();
