"use strict";

/* The sheet that rises from below: lists, the plus menu, the menu of a message. */
(() => {
  const { byId, data, make, button, icon } = Phone;
  const sheet = byId("sheet");
  const input = byId("composer-text");
  const EMOJIS = ["👍", "❤️", "😂", "😮", "🙏"];
  const EDITABLE = ["text", "image", "video", "document"];
  let opener = null;

  const openSheet = (title, content, from) => {
    opener = from;
    byId("sheet-title").textContent = title;
    byId("sheet-body").replaceChildren(...content);
    byId("sheet-body").scrollTop = 0;
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

  const row = (name, words, action) => {
    const element = button("sheet-row", name === "radio" ? make("span", "radio") : icon(name), words);
    element.addEventListener("click", () => { closeSheet(); action(); }, { once: true });
    return element;
  };

  const openList = (message, from) => {
    const rows = message.options.sections.flatMap((section) => {
      const heading = section.title ? [make("h4", "", section.title)] : [];
      return [...heading, ...section.rows.map((option) => {
        const words = make("span");
        words.append(make("strong", "", option.title));
        if (option.description) words.append(make("small", "", option.description));
        const element = row("radio", words, () => Phone.tap(message, option));
        element.dataset.option = option.id;
        return element;
      })];
    });
    openSheet(message.options.label, rows, from);
  };

  const openMenu = (message, from) => {
    const { wamid } = message;
    const emojis = make("div", "emojis");
    for (const emoji of EMOJIS) {
      const element = button("emoji", emoji);
      element.addEventListener("click", () => { closeSheet(); Phone.perform({ do: "react", wamid, emoji }); });
      emojis.append(element);
    }
    const rows = [emojis];
    if (message.reactions.length) {
      rows.push(row("close", make("span", "", data.tUnreact), () => Phone.perform({ do: "react", wamid })));
    }
    rows.push(row("reply", make("span", "", data.tReply), () => Phone.quote(message)));
    if (message.mine && EDITABLE.includes(message.type)) {
      rows.push(row("edit", make("span", "", data.tEdit), () => Phone.change(message)));
    }
    if (message.mine) {
      rows.push(row("bin", make("span", "", data.tDelete), () => Phone.perform({ do: "delete", wamid })));
    }
    openSheet(data.tMore, rows, from);
  };

  const pick = (accept, sticker) => {
    const picker = byId("file");
    picker.accept = accept;
    picker.dataset.sticker = sticker || "";
    picker.click();
  };

  const sendSample = async ({ sample, name, sticker }) => {
    const blob = await (await fetch(sample)).blob();
    Phone.sendFile(new File([blob], name, { type: blob.type }), sticker);
  };

  /* What is written already is what the message says. */
  const performRow = async ({ act, reload, words }) => {
    const text = words === undefined ? "" : input.value.trim();
    const done = await Phone.perform(text ? { do: act, text } : { do: act });
    if (done && text) Phone.clear();
    if (done && reload !== undefined) location.reload();
  };

  byId("attach").addEventListener("click", (event) => {
    const content = byId("t-attach").content.cloneNode(true);
    openSheet(byId("t-attach-title").content.textContent, [...content.children], event.currentTarget);
  });

  sheet.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-pick], [data-sample], [data-act], [data-ad]");
    if (!chosen) return;
    const wish = chosen.dataset;
    closeSheet();
    if (wish.pick !== undefined) pick(wish.pick, wish.sticker);
    else if (wish.sample) sendSample(wish);
    else if (wish.act) performRow(wish);
    else Phone.clickAd(wish.ad, wish.headline, wish.prefilled);
  });

  sheet.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { event.stopPropagation(); closeSheet(); return; }
    if (!["ArrowDown", "ArrowUp"].includes(event.key)) return;
    const rows = [...sheet.querySelectorAll(".sheet-row, .tile, .emoji")];
    const at = rows.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
    rows[(at + rows.length) % rows.length].focus();
    event.preventDefault();
  });

  byId("sheet-close").addEventListener("click", closeSheet);
  byId("shade").addEventListener("click", closeSheet);

  Object.assign(Phone, { openList, openMenu });
})();
