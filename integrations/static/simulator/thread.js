"use strict";

/* Keeps the list of messages, sends what is written, asks for what is new. */
(() => {
  const { byId, data, make, newId, post, notice, nameOf } = Phone;
  const POLL_MS = 1500;
  const TICK_MS = 400;
  const ANSWERS = ["interactive", "button"];
  const log = byId("log");
  const bubbles = byId("bubbles");
  const dayName = new Intl.DateTimeFormat(document.documentElement.lang, { weekday: "long", day: "numeric", month: "long" });

  /* Everything shown: what the server told us by its id, and what is on its way by client id. */
  const known = new Map();
  const pending = new Map();
  let revision = 0;
  let outbox = Promise.resolve();
  let timer = 0;
  let polling = false;
  let again = false;
  let loaded = false;
  let follows = true;

  const all = () => [...known.values(), ...pending.values()].map(({ message }) => message);
  const find = (matches) => all().find(matches);
  const answersTo = (wamid) =>
    all().filter((message) => message.mine && message.context === wamid && ANSWERS.includes(message.type));

  const isAtEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  const toEnd = () => { log.scrollTop = log.scrollHeight; byId("jump").hidden = true; };
  const stayAtEnd = () => { if (follows) toEnd(); };

  const swap = (old, fresh) => {
    const active = old.contains(document.activeElement);
    old.replaceWith(fresh);
    if (active) (fresh.querySelector("button:not(:disabled)") || byId("composer-text")).focus({ preventScroll: true });
  };

  const redraw = (entry) => {
    const element = Phone.draw(entry.message);
    swap(entry.element, element);
    entry.element = element;
  };

  const redrawAsked = (message) => {
    const asked = message.mine && message.context
      && [...known.values()].find((other) => other.message.wamid === message.context);
    if (asked && asked.message.options) redraw(asked);
  };

  const place = (message) => {
    const before = known.get(message.id);
    const sending = message.client_id && pending.get(message.client_id);
    const element = Phone.draw(message);
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
    redrawAsked(message);
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
      from = bubble.classList.contains("is-event") ? "" : bubble.dataset.from;
    }
    byId("welcome").hidden = bubbles.children.length > 0;
  };

  const settle = (moved) => {
    arrange();
    if (moved) toEnd();
    else if (!isAtEnd()) byId("jump").hidden = false;
  };

  const showChats = (phones) => {
    let unread = 0;
    for (const phone of phones) {
      const row = document.querySelector(`[data-chat="${phone.id}"]`);
      if (!row) continue;
      row.querySelector(".chat-preview").textContent = phone.preview || nameOf(phone.type);
      row.querySelector(".badge").hidden = !phone.unread;
      row.querySelector(".badge-count").textContent = phone.unread;
      if (String(phone.id) !== data.phone) unread += phone.unread;
    }
    document.title = document.title.replace(/^\(\d+\) /, "").replace(/^/, unread ? `(${unread}) ` : "");
  };

  const showPresence = (typing) => {
    const presence = byId("presence");
    const words = typing ? data.tTyping : presence.dataset.idle;
    if (presence.textContent !== words) presence.textContent = words;
    presence.classList.toggle("is-typing", typing);
    const dots = byId("typing");
    const grew = dots.hidden && typing;
    dots.hidden = !typing;
    return grew;
  };

  const take = (feed) => {
    revision = feed.revision;
    showChats(feed.phones);
    notice(feed.trouble ? data.tTrouble.replace("{answer}", feed.trouble) : "");
    byId("switched").hidden = !feed.switched;
    const end = follows || !loaded;
    const grew = showPresence(feed.typing);
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
    entry.element = Phone.draw(entry.message);
    if (first) bubbles.append(entry.element);
    else swap(pending.get(clientId).element, entry.element);
    pending.set(clientId, entry);
    settle(true);
    outbox = outbox.then(() => post(url, { ...fields, client_id: clientId })).then(
      (answer) => { if (pending.has(clientId)) { place(answer.message); settle(true); } poll(); },
      (error) => {
        if (!pending.has(clientId)) return;
        const failed = { message: { ...message, status: "failed" } };
        failed.element = Phone.draw(failed.message, () => submit(url, fields, message));
        swap(entry.element, failed.element);
        pending.set(clientId, failed);
        arrange();
        notice(error instanceof TypeError ? data.tOffline : error.message, true);
      },
    );
  };

  const draft = (type, text) => ({
    id: 0, wamid: "", client_id: newId(), mine: true, type, text,
    at: new Date().toISOString(), context: "", ad: "", file: null, options: null,
  });

  const tap = (asked, row) => {
    if (asked.options.kind !== "list" && answersTo(asked.wamid).length) return;
    const message = { ...draft("interactive", row.title), context: asked.wamid };
    submit(data.tap, { wamid: asked.wamid, option: row.id }, message);
    redrawAsked(message);
    byId("composer-text").focus({ preventScroll: true });
  };

  const perform = async (wish) => {
    const done = await Phone.act(wish);
    follows = true;
    if (done) await poll();
    return done;
  };

  byId("jump").addEventListener("click", () => { follows = true; toEnd(); byId("composer-text").focus(); });
  log.addEventListener("scroll", () => { follows = isAtEnd(); if (follows) byId("jump").hidden = true; }, { passive: true });
  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (!document.hidden) { post(data.seen, {}).catch(() => {}); poll(); }
  });
  window.addEventListener("focus", poll);

  Object.assign(Phone, { find, answersTo, stayAtEnd, submit, draft, tap, perform, poll });
})();
