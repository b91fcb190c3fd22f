"use strict";

/* Bring in what changed, unless somebody is in the middle of changing it themselves. */
(() => {
  const live = document.getElementById("live");
  if (!live) return;

  const isBusy = () => live.querySelector("details[open]") || live.contains(document.activeElement);

  const refresh = async () => {
    if (document.hidden || isBusy()) return;
    const answer = await fetch(location.href).catch(() => null);
    if (!answer || !answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const weeks = [live, page].map((part) => part.querySelector(".week"));
    if (isBusy() || !weeks[1] || weeks[0].textContent === weeks[1].textContent) return;
    weeks[0].replaceWith(weeks[1]);
  };

  setInterval(refresh, Number(live.dataset.refresh));
})();
