"use strict";

(() => {
  const POLL_MS = 1500;
  const TICK_MS = 400;
  const SVG = "http://www.w3.org/2000/svg";
  const byId = (id) => document.getElementById(id);
  const app = byId("app");
  const data = app.dataset;
  const log = byId("log");
  const bubbles = byId("bubbles");
  const input = byId("composer-text");
  const sheet = byId("sheet");
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const clock = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  const dayName = new Intl.DateTimeFormat(document.documentElement.lang, { weekday: "long", day: "numeric", month: "long" });

  /* Everything shown: what the server told us by its id, and what is on its way by client id. */
  const known = new Map();
  const pending = new Map();
  let revision = 0;
  let ad = "";
  let outbox = Promise.resolve();
  let timer = 0;
  let polling = false;
  let again = false;
  let loaded = false;
  let opener = null;

  const make = (tag, className, text) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  };

  const icon = (name) => {
    const svg = document.createElementNS(SVG, "svg");
    const use = document.createElementNS(SVG, "use");
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `#i-${name}`);
    svg.append(use);
    return svg;
  };

  const newId = () => {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = [...crypto.getRandomValues(new Uint8Array(16))];
    const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  };

  /* ---- drawing ---- */

  const MARKS = [[/\*([^*\n]+)\*/, "strong"], [/_([^_\n]+)_/, "em"], [/~([^~\n]+)~/, "s"]];
  const LINK = /https?:\/\/[^\s]+[^\s.,;:!?)]/;

  const formatted = (text) => {
    const found = [[LINK, "a"], ...MARKS]
      .map(([pattern, tag]) => ({ match: pattern.exec(text), tag }))
      .filter(({ match }) => match)
      .sort((a, b) => a.match.index - b.match.index)[0];
    if (!found) return [text];
    const { match, tag } = found;
    const element = make(tag, "", tag === "a" ? match[0] : undefined);
    if (tag === "a") Object.assign(element, { href: match[0], target: "_blank", rel: "noopener noreferrer" });
    else element.append(...formatted(match[1]));
    const rest = text.slice(match.index + match[0].length);
    return [text.slice(0, match.index), element, ...(rest ? formatted(rest) : [])];
  };

  const drawMeta = (message) => {
    const meta = make("span", "meta");
    meta.append(make("time", "", clock.format(new Date(message.at))));
    meta.firstChild.dateTime = message.at;
    if (message.mine) {
      meta.dataset.status = message.status;
      meta.append(icon(message.status === "read" ? "delivered" : message.status));
      meta.append(make("span", "sr", data[`t${message.status[0].toUpperCase()}${message.status.slice(1)}`]));
    }
    return meta;
  };

  const drawFile = (message) => {
    const { url, name } = message.file;
    const kind = message.type;
    if (kind === "image" || kind === "sticker") {
      const picture = make("img", "picture");
      picture.alt = message.text || data.tImage;
      picture.addEventListener("load", stayAtEnd);
      picture.src = url;
      return picture;
    }
    if (kind === "audio" || kind === "video") {
      const player = make(kind);
      Object.assign(player, { controls: true, preload: "metadata", src: url });
      player.setAttribute("aria-label", kind === "audio" ? data.tAudio : data.tVideo);
      return player;
    }
    const link = make("a", "document");
    Object.assign(link, { href: url, target: "_blank", rel: "noopener" });
    link.append(icon("file"), make("span", "", name || data.tDocument));
    return link;
  };

  const drawQuote = (message) => {
    const target = [...known.values()].find((other) => other.message.wamid === message.context);
    if (!target) return [];
    const quote = make("span", "quote");
    quote.append(make("b", "", target.message.mine ? data.tYou : data.tBusiness));
    quote.append(make("span", "", target.message.text || data.tDocument));
    return [quote];
  };

  const drawAd = (headline) => {
    const card = make("div", "from-ad");
    const words = make("div");
    words.append(make("span", "", data.tAd), make("strong", "", headline));
    card.append(icon("megaphone"), words);
    return card;
  };

  const answersTo = (wamid) =>
    [...known.values(), ...pending.values()].map(({ message }) => message)
      .filter((message) => message.mine && message.context === wamid && message.type === "interactive");

  const drawOptions = (message) => {
    const { kind, label, sections } = message.options;
    const box = make("div", "options");
    if (kind === "list") {
      const open = make("button", "option");
      open.type = "button";
      open.setAttribute("aria-haspopup", "dialog");
      open.append(icon("list"), make("span", "", label));
      open.addEventListener("click", () => openList(message, open));
      box.append(open);
      return box;
    }
    const answer = answersTo(message.wamid)[0];
    for (const row of sections[0].rows) {
      const button = make("button", "option");
      button.type = "button";
      button.append(icon("reply"), make("span", "", row.title));
      button.disabled = Boolean(answer);
      if (answer && answer.text === row.title) button.setAttribute("aria-pressed", "true");
      button.addEventListener("click", () => tap(message, row));
      box.append(button);
    }
    return box;
  };

  const drawBody = (message) => {
    const body = make("div", "body");
    body.append(make("span", "sr", `${message.mine ? data.tYou : data.tBusiness}: `));
    if (message.ad) body.append(drawAd(message.ad));
    if (message.context) body.append(...drawQuote(message));
    if (message.options && message.options.header) body.append(make("div", "headline", message.options.header));
    if (message.file) body.append(drawFile(message));
    const named = message.file && message.file.name === message.text;
    if (message.text && !named) {
      const text = make("div", "text");
      text.append(...formatted(message.text));
      body.append(text);
    } else {
      body.classList.add("media-only");
    }
    if (message.options && message.options.footer) {
      body.classList.add("with-footer");
      body.append(make("div", "footer", message.options.footer));
    }
    body.append(drawMeta(message));
    return body;
  };

  const draw = (message, retry) => {
    const bubble = make("article", "bubble");
    bubble.classList.toggle("mine", message.mine);
    bubble.dataset.from = message.mine ? "lead" : "business";
    bubble.dataset.type = message.type;
    bubble.dataset.status = message.status;
    bubble.dataset.at = message.at;
    bubble.append(drawBody(message));
    if (message.options) {
      bubble.classList.add("has-options");
      bubble.append(drawOptions(message));
    }
    if (retry) {
      const button = make("button", "retry", data.tRetry);
      button.type = "button";
      button.addEventListener("click", retry);
      bubble.append(button);
    }
    return bubble;
  };

  /* ---- keeping the list ---- */

  const isAtEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  const toEnd = () => { log.scrollTop = log.scrollHeight; byId("jump").hidden = true; };
  let follows = true;
  function stayAtEnd() { if (follows) toEnd(); }

  const swap = (old, fresh) => {
    const active = old.contains(document.activeElement);
    old.replaceWith(fresh);
    if (active) (fresh.querySelector("button:not(:disabled)") || input).focus({ preventScroll: true });
  };

  const place = (message) => {
    const before = known.get(message.id);
    const sending = message.client_id && pending.get(message.client_id);
    const element = draw(message);
    if (before) swap(before.element, element);
    else if (sending) swap(sending.element, element);
    else {
      const next = [...known.values()].filter((other) => other.message.id > message.id)
        .sort((a, b) => a.message.id - b.message.id)[0];
      const anchor = next ? next.element : [...pending.values()].map((entry) => entry.element)[0] || null;
      bubbles.insertBefore(element, anchor);
    }
    if (sending) pending.delete(message.client_id);
    known.set(message.id, { message, element });
    /* A tap greys the buttons it answered. */
    const asked = message.mine && message.context
      && [...known.values()].find((other) => other.message.wamid === message.context);
    if (asked && asked.message.options) redraw(asked);
  };

  const redraw = (entry) => {
    const element = draw(entry.message);
    swap(entry.element, element);
    entry.element = element;
  };

  const dayLabel = (date) => {
    const start = (value) => new Date(value.getFullYear(), value.getMonth(), value.getDate());
    const days = Math.round((start(new Date()) - start(date)) / 86400000);
    if (days === 0) return data.tToday;
    return days === 1 ? data.tYesterday : dayName.format(date);
  };

  const arrange = () => {
    for (const label of bubbles.querySelectorAll(".day")) label.remove();
    let day = "";
    let from = "";
    for (const bubble of [...bubbles.children]) {
      const label = dayLabel(new Date(bubble.dataset.at));
      if (label !== day) {
        bubbles.insertBefore(make("div", "day", label), bubble);
        from = "";
      }
      bubble.classList.toggle("follows", bubble.dataset.from === from);
      day = label;
      from = bubble.dataset.from;
    }
    byId("welcome").hidden = bubbles.children.length > 0;
  };

  const settle = (moved) => {
    arrange();
    if (moved) toEnd();
    else if (!isAtEnd()) byId("jump").hidden = false;
  };

  /* ---- talking to the simulator ---- */

  const post = async (url, fields) => {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    const response = await fetch(url, { method: "POST", body, headers: { "X-CSRFToken": token } });
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) throw new Error(answer.error || String(response.status));
    return answer;
  };

  const notice = (text) => {
    const line = byId("notice");
    if (line.textContent !== text) line.textContent = text;
    line.hidden = !text;
  };

  const showChats = (phones) => {
    let unread = 0;
    for (const phone of phones) {
      const row = document.querySelector(`[data-chat="${phone.id}"]`);
      if (!row) continue;
      const fallback = data[`t${phone.type.charAt(0).toUpperCase()}${phone.type.slice(1)}`] || "";
      row.querySelector(".chat-preview").textContent = phone.preview || fallback;
      row.querySelector(".badge").hidden = !phone.unread;
      row.querySelector(".badge-count").textContent = phone.unread;
      if (String(phone.id) !== data.phone) unread += phone.unread;
    }
    document.title = document.title.replace(/^\(\d+\) /, "").replace(/^/, unread ? `(${unread}) ` : "");
  };

  const take = (feed) => {
    revision = feed.revision;
    showChats(feed.phones);
    notice(feed.trouble ? data.tTrouble.replace("{answer}", feed.trouble) : "");
    const presence = byId("presence");
    const words = feed.typing ? data.tTyping : presence.dataset.idle;
    if (presence.textContent !== words) presence.textContent = words;
    presence.classList.toggle("is-typing", feed.typing);
    const end = follows || !loaded;
    const typing = byId("typing");
    const grew = typing.hidden && feed.typing;
    typing.hidden = !feed.typing;
    for (const message of feed.messages) place(message);
    if (feed.messages.length || !loaded) settle(end);
    else if (grew) stayAtEnd();
    loaded = true;
    const unseen = feed.messages.some((message) => !message.mine && message.status === "delivered");
    if (unseen && !document.hidden) post(data.seen, {}).catch(() => {});
  };

  /* The second tick follows the first at once, unless the webhook is down; so does an answer
     that is being typed. */
  const ticking = () => byId("notice").hidden && (!byId("typing").hidden
    || [...known.values()].some(({ message }) => message.mine && message.status === "sent"));

  const poll = async () => {
    if (polling) { again = true; return; }
    polling = true;
    clearTimeout(timer);
    try {
      const response = await fetch(`${data.feed}?after=${revision}`);
      if (!response.ok) throw new Error(String(response.status));
      take(await response.json());
    } catch {
      notice(data.tOffline);
    }
    polling = false;
    if (again) { again = false; poll(); }
    else if (!document.hidden) timer = setTimeout(poll, ticking() ? TICK_MS : POLL_MS);
  };

  /* One after the other, so that they arrive in the order they were written. */
  const submit = (url, fields, message) => {
    const clientId = message.client_id;
    const first = !pending.has(clientId);
    const entry = { message: { ...message, status: "pending" } };
    entry.element = draw(entry.message);
    if (first) bubbles.append(entry.element);
    else swap(pending.get(clientId).element, entry.element);
    pending.set(clientId, entry);
    settle(true);
    outbox = outbox.then(() => post(url, { ...fields, client_id: clientId })).then(
      (answer) => { if (pending.has(clientId)) { place(answer.message); settle(true); } poll(); },
      (error) => {
        if (!pending.has(clientId)) return;
        const failed = { message: { ...message, status: "failed" } };
        failed.element = draw(failed.message, () => submit(url, fields, message));
        swap(entry.element, failed.element);
        pending.set(clientId, failed);
        arrange();
        notice(error instanceof TypeError ? data.tOffline : error.message);
      },
    );
  };

  const draft = (type, text) => ({
    id: 0, wamid: "", client_id: newId(), mine: true, type, text,
    at: new Date().toISOString(), context: "", ad: "", file: null, options: null,
  });

  const tap = (asked, row) => {
    if (asked.options.kind === "button" && answersTo(asked.wamid).length) return;
    const message = { ...draft("interactive", row.title), context: asked.wamid };
    submit(data.tap, { wamid: asked.wamid, option: row.id }, message);
    const entry = known.get(asked.id);
    if (entry && asked.options.kind === "button") redraw(entry);
    input.focus({ preventScroll: true });
  };

  const sendText = () => {
    const text = input.value.trim();
    if (!text) return;
    const message = draft("text", text);
    if (ad) message.ad = byId("ad-chip-text").textContent;
    submit(data.text, { text, ad }, message);
    input.value = "";
    clickAd("", "", "");
    grow();
  };

  const sendFile = (file) => {
    const kind = file.type.split("/")[0];
    const message = draft(["image", "video", "audio"].includes(kind) ? kind : "document", "");
    message.text = file.name;
    submit(data.file, { file }, { ...message, type: "document", file: { url: "#", name: file.name } });
  };

  /* ---- sheet, ads, composer ---- */

  const grow = () => {
    input.rows = 1;
    while (input.scrollHeight > input.clientHeight && input.rows < 6) input.rows += 1;
  };

  const clickAd = (key, headline, prefilled) => {
    ad = key;
    byId("ad-chip").hidden = !key;
    byId("ad-chip-text").textContent = headline;
    if (!key) return;
    input.value = prefilled;
    grow();
    input.focus();
    stayAtEnd();
  };

  const openSheet = (title, content, from) => {
    opener = from;
    byId("sheet-title").textContent = title;
    byId("sheet-body").replaceChildren(...content);
    byId("screen").inert = true;
    byId("shade").hidden = false;
    sheet.show();
    byId("sheet-title").focus();
  };

  const closeSheet = () => {
    if (!sheet.open) return;
    sheet.close();
    byId("screen").inert = false;
    byId("shade").hidden = true;
    if (opener && opener.isConnected) opener.focus({ preventScroll: true });
    else input.focus({ preventScroll: true });
  };

  const openList = (message, from) => {
    const rows = message.options.sections.flatMap((section) => {
      const heading = section.title ? [make("h4", "", section.title)] : [];
      return [...heading, ...section.rows.map((row) => {
        const button = make("button", "sheet-row");
        button.type = "button";
        button.dataset.option = row.id;
        const words = make("span");
        words.append(make("strong", "", row.title));
        if (row.description) words.append(make("small", "", row.description));
        button.append(make("span", "radio"), words);
        button.addEventListener("click", () => { closeSheet(); tap(message, row); }, { once: true });
        return button;
      })];
    });
    openSheet(message.options.label, rows, from);
  };

  byId("attach").addEventListener("click", (event) => {
    const content = byId("t-attach").content.cloneNode(true);
    openSheet(byId("t-attach-title").content.textContent, [...content.children], event.currentTarget);
  });

  sheet.addEventListener("click", (event) => {
    const row = event.target.closest(".sheet-row");
    if (!row) return;
    if (row.dataset.pick !== undefined) {
      const picker = byId("file");
      picker.accept = row.dataset.pick;
      closeSheet();
      picker.click();
    } else if (row.dataset.ad) {
      closeSheet();
      clickAd(row.dataset.ad, row.dataset.headline, row.dataset.prefilled);
    }
  });

  sheet.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { event.stopPropagation(); closeSheet(); return; }
    if (!["ArrowDown", "ArrowUp"].includes(event.key)) return;
    const rows = [...sheet.querySelectorAll(".sheet-row")];
    const at = rows.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
    rows[(at + rows.length) % rows.length].focus();
    event.preventDefault();
  });

  byId("sheet-close").addEventListener("click", closeSheet);
  byId("shade").addEventListener("click", closeSheet);
  byId("ad-drop").addEventListener("click", () => { clickAd("", "", ""); input.focus(); });
  byId("jump").addEventListener("click", () => { follows = true; toEnd(); input.focus(); });
  log.addEventListener("scroll", () => { follows = isAtEnd(); if (follows) byId("jump").hidden = true; }, { passive: true });
  input.addEventListener("input", grow);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    sendText();
  });
  byId("composer").addEventListener("submit", (event) => { event.preventDefault(); sendText(); input.focus(); });
  byId("file").addEventListener("change", (event) => {
    for (const file of event.target.files) sendFile(file);
    event.target.value = "";
  });
  for (const card of document.querySelectorAll(".ad")) {
    card.addEventListener("click", () => clickAd(card.dataset.ad, card.dataset.headline, card.dataset.prefilled));
  }

  /* ---- phones ---- */

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

  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (!document.hidden) { post(data.seen, {}).catch(() => {}); poll(); }
  });
  window.addEventListener("focus", poll);
  poll();
})();
