// A replay's page follows it: asks every 2 s while it runs and is looked at, 304 while nothing moved.
"use strict";

(() => {
  const root = document.getElementById("replay");
  if (!root) return;
  const EVERY = 2000;
  let etag = "";
  let timer = 0;

  const isOpen = () => document.querySelector("#progress[data-open=yes]") !== null;
  const later = () => {
    clearTimeout(timer);
    if (isOpen() && !document.hidden) timer = setTimeout(ask, EVERY);
  };

  async function ask() {
    try {
      const headers = etag ? { "If-None-Match": etag } : {};
      const answer = await fetch(root.dataset.fragment, { headers, cache: "no-store", redirect: "error" });
      if (answer.status === 200) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        root.replaceChildren(...page.body.childNodes);
        etag = answer.headers.get("ETag") || "";
        if (!isOpen()) document.getElementById("replay-cancel")?.remove();
      }
    } catch {
      // The next look brings it.
    }
    later();
  }

  document.addEventListener("visibilitychange", () => { if (!document.hidden && isOpen()) ask(); });
  later();
})();
