"use strict";

/* The composer, the ads, the list of phones; then it starts. */
(() => {
  const { byId, data, post } = Phone;
  const input = byId("composer-text");
  /* What the next text belongs to: an ad, a quoted message, one that is changed. */
  let about = {};

  const grow = () => {
    input.rows = 1;
    while (input.scrollHeight > input.clientHeight && input.rows < 6) input.rows += 1;
  };

  const attach = (what, label, text) => {
    about = what;
    byId("ad-chip").hidden = !label;
    byId("ad-chip-label").textContent = label;
    byId("ad-chip-text").textContent = text;
    Phone.stayAtEnd();
  };

  const write = (text) => {
    input.value = text;
    grow();
    input.focus();
    Phone.stayAtEnd();
  };

  const clear = () => {
    input.value = "";
    attach({}, "", "");
    grow();
  };

  const clickAd = (key, headline, prefilled) => {
    attach({ ad: key }, data.tAd, headline);
    write(prefilled);
  };

  const quote = (message) => {
    attach({ quoted: message.wamid }, data.tReply, Phone.summary(message));
    input.focus();
  };

  const change = (message) => {
    attach({ edited: message.wamid }, data.tEdit, Phone.summary(message));
    write(message.text);
  };

  const sendText = async () => {
    const text = input.value.trim();
    if (!text) return;
    if (about.edited) {
      if (await Phone.perform({ do: "edit", wamid: about.edited, text })) clear();
      return;
    }
    const message = Phone.draft("text", text);
    if (about.ad) message.ad = byId("ad-chip-text").textContent;
    if (about.quoted) message.context = about.quoted;
    Phone.submit(data.text, { text, ad: about.ad || "", reply_to: about.quoted || "" }, message);
    clear();
  };

  const sendFile = (file, sticker) => {
    const message = { ...Phone.draft("document", file.name), file: { url: "#", name: file.name, kind: "document" } };
    Phone.submit(data.file, { file, sticker: sticker ? "1" : "" }, message);
  };

  byId("ad-drop").addEventListener("click", () => {
    if (about.edited) clear();
    else attach({}, "", "");
    input.focus();
  });
  input.addEventListener("input", grow);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    sendText();
  });
  byId("composer").addEventListener("submit", (event) => { event.preventDefault(); sendText(); input.focus(); });
  byId("file").addEventListener("change", (event) => {
    for (const file of event.target.files) sendFile(file, event.target.dataset.sticker);
    event.target.value = "";
  });
  for (const card of document.querySelectorAll(".ad")) {
    card.addEventListener("click", () => clickAd(card.dataset.ad, card.dataset.headline, card.dataset.prefilled));
  }

  const chats = byId("chats");
  const showPhones = (open) => {
    chats.classList.toggle("is-open", open);
    document.querySelector(".phone").inert = open;
    (open ? byId("close-chats") : byId("open-chats")).focus();
  };
  byId("open-chats").addEventListener("click", () => showPhones(true));
  byId("close-chats").addEventListener("click", () => showPhones(false));
  chats.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && chats.classList.contains("is-open")) showPhones(false);
  });
  byId("new-phone-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    const error = byId("new-error");
    error.textContent = "";
    try {
      const answer = await post(form.action, Object.fromEntries(new FormData(form)));
      location.assign(answer.url);
    } catch (problem) {
      error.textContent = problem instanceof TypeError ? data.tOffline : problem.message;
    }
  });

  Object.assign(Phone, { clear, clickAd, quote, change, sendFile });
  Phone.poll();
})();
