// The thread stays live: poll every 4 s while seen, at once on focus, 304 while nothing moved.
"use strict";

(() => {
  const root = document.getElementById("thread");
  const log = document.getElementById("log");
  if (!root || !log) return;
  const notice = document.getElementById("notice");
  const composer = document.getElementById("composer");
  const EVERY = 4000;
  let etag = "";
  let timer = 0;
  let asking = false;
  let askAgain = false;

  const say = (text) => {
    notice.textContent = text;
    notice.hidden = !text;
  };
  const attachment = composer && window.attachmentOf(composer, root.dataset, say);
  const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  const toEnd = () => { log.scrollTop = log.scrollHeight; };

  // At the end until somebody scrolls up: pictures get their height only when they are there.
  let follows = true;
  let before = 0;
  const follow = () => { if (follows) toEnd(); };
  log.addEventListener("scroll", () => {
    if (atEnd()) follows = true;
    else if (log.scrollTop < before) follows = false;
    before = log.scrollTop;
  });
  for (const grown of ["load", "error", "loadedmetadata"]) log.addEventListener(grown, follow, true);
  new ResizeObserver(follow).observe(log);

  // Rows are matched by id, so that a screen reader hears new ones only and no focus is lost.
  function updateLog(fresh) {
    const wanted = [...fresh.children];
    const ids = new Set(wanted.map((row) => row.id));
    for (const row of [...log.children]) {
      if (row.id && !ids.has(row.id)) row.remove();
    }
    let after = log.querySelector(".earlier");
    for (const row of wanted) {
      let present = document.getElementById(row.id);
      if (!present) {
        present = row;
        if (after) after.after(row); else log.prepend(row);
      } else if (present.dataset.version !== row.dataset.version) {
        present.replaceWith(row);
        present = row;
      }
      after = present;
    }
    follow();
  }

  function updateRegion(fresh) {
    const region = document.getElementById(fresh.dataset.region);
    if (!region) return;
    if (fresh.dataset.region === "log") {
      updateLog(fresh);
    } else if (!region.contains(document.activeElement) || region.dataset.was !== fresh.textContent) {
      region.replaceChildren(...fresh.childNodes);
    }
  }

  let wasClosed = document.querySelector("#window [data-can-write=no]") !== null;
  function followWindow() {
    const state = document.querySelector("#window [data-can-write]");
    if (!state || !composer) return;
    const closed = state.dataset.canWrite !== "yes";
    for (const part of composer.querySelectorAll("textarea, [type=file], .write button")) part.disabled = closed;
    // The minutes are not read out as they pass; that it closed or opened is, once.
    if (closed !== wasClosed) document.getElementById("window-news").textContent = state.textContent.trim();
    wasClosed = closed;
  }

  // A look at the page changes nothing by itself: that somebody has read it is told by a POST.
  async function tellRead() {
    const form = document.querySelector("#status form");
    if (!form || document.hidden) return;
    try {
      const answer = await fetch(form.action, {
        method: "POST", body: new FormData(form), headers: { Accept: "application/json" }, redirect: "error",
      });
      if (answer.ok) form.remove();
    } catch {
      // The next poll brings the form again.
    }
  }

  async function poll() {
    if (!root.dataset.fragment) return;
    if (asking) {
      askAgain = true;
      return;
    }
    clearTimeout(timer);
    asking = true;
    try {
      const headers = etag ? { "If-None-Match": etag } : {};
      const answer = await fetch(root.dataset.fragment, { headers, cache: "no-store", redirect: "error" });
      if (answer.status === 200) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        page.querySelectorAll("[data-region]").forEach(updateRegion);
        followWindow();
        tellRead();
        etag = answer.headers.get("ETag") || "";
      } else if (answer.status !== 304) {
        throw new Error(String(answer.status));
      }
      if (notice.textContent === root.dataset.lost) say("");
    } catch {
      say(root.dataset.lost);
    } finally {
      asking = false;
    }
    if (askAgain) {
      askAgain = false;
      poll();
    } else if (!document.hidden) {
      timer = setTimeout(poll, EVERY);
    }
  }

  async function submit(form) {
    const buttons = form.querySelectorAll("button[type=submit]");
    const body = new FormData(form);
    buttons.forEach((button) => { button.disabled = true; });
    let sent = false;
    try {
      const answer = await fetch(form.action, {
        method: "POST", body, headers: { Accept: "application/json" }, redirect: "error",
      });
      const said = answer.ok || answer.status === 409 ? await answer.json() : { error: root.dataset.failed };
      sent = answer.ok;
      say(sent ? "" : said.error);
    } catch {
      say(root.dataset.failed);
    } finally {
      buttons.forEach((button) => { button.disabled = false; });
    }
    await poll();
    return sent;
  }

  function unquote() {
    composer.elements.reply_to.value = "";
    composer.querySelector(".quoting").hidden = true;
  }

  function quote(id) {
    const bubble = document.getElementById(`m-${id}`);
    const words = bubble && bubble.querySelector(".text, .kind");
    composer.elements.reply_to.value = id;
    const line = composer.querySelector(".quoting");
    line.querySelector("span").textContent = `${root.dataset.quoting}: ${words ? words.textContent.slice(0, 120) : ""}`;
    line.hidden = false;
    composer.elements.text.focus();
  }

  async function sendComposer() {
    const { text } = composer.elements;
    const attached = attachment.file();
    if (text.readOnly || !(attached || text.value.trim())) return;
    if (attached) say(root.dataset.sending);
    // Neither sent twice nor changed under way.
    text.readOnly = true;
    if (await submit(composer)) {
      text.value = "";
      attachment.forget(attached);
      unquote();
      follows = true;
      follow();
    }
    text.readOnly = false;
    text.focus();
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form === composer) {
      event.preventDefault();
      await sendComposer();
    } else if (form.matches("[data-live]")) {
      event.preventDefault();
      const place = form.dataset.next || form.closest("article, #holder, #panel").id;
      await submit(form);
      // What was pressed is gone by now; who works by keyboard goes on from where it was.
      const there = document.getElementById(place);
      if (there) (there.querySelector("button[type=submit]") || there).focus({ preventScroll: true });
    }
  });

  document.addEventListener("click", (event) => {
    if (!composer) return;
    const button = event.target.closest("[data-quote], [data-unquote]");
    if (!button) return;
    if ("quote" in button.dataset) quote(button.dataset.quote);
    else {
      unquote();
      composer.elements.text.focus();
    }
  });

  if (composer) {
    composer.elements.text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        composer.requestSubmit();
      } else if (event.key === "Escape") {
        unquote();
      }
    });
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) clearTimeout(timer); else poll();
  });
  window.addEventListener("focus", poll);

  if (location.hash.startsWith("#m-")) {
    const bubble = document.getElementById(location.hash.slice(1));
    follows = !bubble;
    if (bubble) bubble.scrollIntoView({ block: "center" });
  } else {
    toEnd();
  }
  tellRead();
  timer = setTimeout(poll, EVERY);
})();
