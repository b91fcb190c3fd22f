// Of a thing that must hold only what its kind needs is shown. Without this script all of it is.
"use strict";

(() => {
  const NEEDS = {
    must_say: ["words"], must_not_say: ["words"], fact_equals: ["key", "value"],
    score_at_least: ["points"], score_at_most: ["points"],
  };
  for (const row of document.querySelectorAll(".expectations > li")) {
    const kind = row.querySelector("[name$=-kind]");
    const at = row.querySelector("[name$=-at]");
    const show = () => {
      for (const name of ["words", "key", "value", "points"]) {
        row.querySelector(`.expect-${name}`).hidden = !(NEEDS[kind.value] || []).includes(name);
      }
      row.querySelector(".expect-at").hidden = !kind.value;
      row.querySelector(".expect-turn").hidden = !kind.value || at.value !== "turn";
    };
    kind.addEventListener("change", show);
    at.addEventListener("change", show);
    show();
  }
})();
