// Passkeys: what the server asks for goes to the browser's own dialogue, the answer goes back.
(() => {
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) return;
  const send = async (path, body) => {
    const headers = { "Content-Type": "application/json", Accept: "application/json" };
    const kept = document.body.getAttribute("hx-headers");
    if (kept) Object.assign(headers, JSON.parse(kept));
    const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body ?? {}) });
    const said = await answer.json();
    if (!answer.ok) throw new Error([said.seen, said.way_on].filter(Boolean).join(" "));
    return said;
  };
  const offer = (box, ask) => {
    if (!box) return;
    box.hidden = false;
    const status = box.querySelector("[role=status]");
    box.querySelector("button").addEventListener("click", async (event) => {
      status.textContent = "";
      try {
        location.assign((await ask(event.currentTarget)).next);
      } catch (error) {
        status.textContent = error.name === "NotAllowedError" ? "Nothing was chosen." : error.message;
      }
    });
  };
  offer(document.getElementById("passkey"), async (button) => {
    const { next } = button.dataset;
    const { ticket, options } = await send("/passkey/asked");
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    const answer = await navigator.credentials.get({ publicKey });
    return send("/passkey", { ticket, answer: answer.toJSON(), next });
  });
  offer(document.getElementById("new-passkey"), async () => {
    const name = document.getElementById("passkey-name").value;
    const { ticket, options } = await send("/me/passkey/asked");
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    const answer = await navigator.credentials.create({ publicKey });
    return send("/me/passkey", { ticket, answer: answer.toJSON(), name });
  });
})();
