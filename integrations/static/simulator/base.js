"use strict";

/* What every part of the phone page uses; the parts share this one name. */
window.Phone = (() => {
  const HELD_MS = 6000;
  const SVG = "http://www.w3.org/2000/svg";
  const byId = (id) => document.getElementById(id);
  const data = byId("app").dataset;
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;

  const make = (tag, className, text) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  };

  const button = (className, ...content) => {
    const element = make("button", className);
    element.type = "button";
    element.append(...content);
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

  const answerOf = async (response) => {
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) throw new Error(answer.error || String(response.status));
    return answer;
  };

  const post = async (url, fields) => {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    return answerOf(await fetch(url, { method: "POST", body, headers: { "X-CSRFToken": token } }));
  };

  /* Whatever a person can do besides writing; refused in words. */
  const act = async (wish) => {
    try {
      await answerOf(await fetch(data.do, {
        method: "POST",
        body: JSON.stringify({ client_id: newId(), ...wish }),
        headers: { "Content-Type": "application/json" },
      }));
      return true;
    } catch (error) {
      notice(error instanceof TypeError ? data.tOffline : error.message, true);
      return false;
    }
  };

  /* A refusal stays long enough to be read, whatever the next poll says. */
  let heldUntil = 0;
  const notice = (text, held) => {
    if (!text && Date.now() < heldUntil) return;
    heldUntil = held ? Date.now() + HELD_MS : 0;
    const line = byId("notice");
    if (line.textContent !== text) line.textContent = text;
    line.hidden = !text;
  };

  return { byId, data, make, button, icon, newId, post, act, notice };
})();
