// Passkeys: a button with data-passkey="make" or "use" and its formaction; hidden where the browser has none.
(() => {
  if (!window.PublicKeyCredential) return;
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  const make = async (o) => {
    const { id, response } = await navigator.credentials.create({ publicKey: {
      challenge: bytes(o.challenge),
      rp: { id: o.rp, name: o.network },
      user: { id: bytes(o.user), name: o.name, displayName: o.name },
      pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: "public-key", alg })),
      excludeCredentials: o.exclude.map((known) => ({ type: "public-key", id: bytes(known) })),
      authenticatorSelection: { residentKey: "required", userVerification: "preferred" },
      attestation: "none",
    } });
    return { credential: id, client_data: text(response.clientDataJSON), authenticator: text(response.getAuthenticatorData()), public_key: text(response.getPublicKey()) };
  };

  const use = async (o) => {
    const { id, response } = await navigator.credentials.get({ publicKey: { challenge: bytes(o.challenge), rpId: o.rp, userVerification: "preferred" } });
    return { credential: id, client_data: text(response.clientDataJSON), authenticator: text(response.authenticatorData), signature: text(response.signature) };
  };

  const said = {
    NotAllowedError: "Nothing was done: the device was not asked to the end, or said no.",
    InvalidStateError: "This device has a passkey for you already.",
    SecurityError: "Passkeys do not work at this address.",
  };

  document.querySelectorAll("[data-passkey]").forEach((button) => {
    const form = button.form, note = form.querySelector("[data-passkey-says]"), action = button.getAttribute("formaction");
    button.hidden = false;
    button.addEventListener("click", async (e) => {
      e.preventDefault();
      note.textContent = "";
      try {
        const asked = await fetch(`${action}/challenge`, { method: "POST" });
        if (asked.redirected) return location.assign(asked.url); // signed out meanwhile
        if (!asked.ok) throw new Error(asked.status === 429 ? "Many tries just now. Please wait a minute." : "");
        const handed = await (button.dataset.passkey === "make" ? make : use)(await asked.json());
        for (const [name, value] of Object.entries(handed)) {
          const field = Object.assign(document.createElement("input"), { type: "hidden", name, value });
          form.append(field);
        }
        form.action = action;
        form.submit();
      } catch (error) {
        note.textContent = said[error.name] ?? (error.message || "That did not work. Please try again.");
      }
    });
  });
})();
