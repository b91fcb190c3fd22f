"use strict";

/* Draws one message. */
(() => {
  const { data, make, button, icon } = Phone;
  const language = document.documentElement.lang;
  const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" });
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
    if (tag === "a") outward(element, match[0]);
    else element.append(...formatted(match[1]));
    const rest = text.slice(match.index + match[0].length);
    return [text.slice(0, match.index), element, ...(rest ? formatted(rest) : [])];
  };

  const outward = (link, href) => Object.assign(link, { href, target: "_blank", rel: "noopener noreferrer" });

  const nameOf = (type) => data[`t${type.charAt(0).toUpperCase()}${type.slice(1)}`] || "";

  const drawMeta = (message) => {
    const meta = make("span", "meta");
    if (message.edited && !message.deleted) meta.append(make("span", "", data.tEdited));
    const time = make("time", "", clock.format(new Date(message.at)));
    time.dateTime = message.at;
    meta.append(time);
    if (message.mine) {
      meta.dataset.status = message.status;
      meta.append(icon(message.status === "read" ? "delivered" : message.status));
      meta.append(make("span", "sr", nameOf(message.status)));
    }
    return meta;
  };

  const drawFile = (file, message) => {
    const { url, name, kind = message.type } = file;
    const here = url.startsWith("/");
    if (here && (kind === "image" || kind === "sticker")) {
      const picture = make("img", kind === "sticker" ? "picture sticker" : "picture");
      picture.alt = message.text || nameOf(kind);
      picture.addEventListener("load", () => Phone.stayAtEnd());
      picture.src = url;
      return picture;
    }
    if (here && (kind === "audio" || kind === "video")) {
      const player = make(kind);
      Object.assign(player, { controls: true, preload: "metadata", src: url });
      player.setAttribute("aria-label", nameOf(kind));
      return player;
    }
    const link = make("a", "document");
    outward(link, url);
    link.append(icon("file"), make("span", "", name || nameOf(kind)));
    return link;
  };

  const drawQuote = (message) => {
    const target = Phone.find((other) => other.wamid === message.context);
    if (!target) return [];
    const quote = make("span", "quote");
    quote.append(make("b", "", target.mine ? data.tYou : data.tBusiness));
    quote.append(make("span", "", Phone.summary(target)));
    return [quote];
  };

  const summary = (message) =>
    message.text || (message.card ? message.card.title : "") || nameOf(message.type);

  const drawAd = (headline) => {
    const card = make("div", "from-ad");
    const words = make("div");
    words.append(make("span", "", data.tAd), make("strong", "", headline));
    card.append(icon("megaphone"), words);
    return card;
  };

  const drawCard = (card) => {
    const box = make("div", "card");
    const words = make("div");
    words.append(make("strong", "", card.title));
    for (const line of card.lines) words.append(make("span", "", line));
    box.append(icon(card.icon), words);
    return box;
  };

  const drawRows = (message) => {
    const answer = Phone.answersTo(message.wamid)[0];
    return message.options.sections[0].rows.map((row) => {
      if (row.link) return drawLink(row.link, row.title);
      const element = button("option", icon("reply"), make("span", "", row.title));
      element.disabled = Boolean(answer);
      if (answer && answer.text === row.title) element.setAttribute("aria-pressed", "true");
      element.addEventListener("click", () => Phone.tap(message, row));
      return element;
    });
  };

  const drawLink = (link, label) => {
    const out = make("a", "option");
    outward(out, link);
    out.append(icon("out"), make("span", "", label));
    return out;
  };

  const drawSingle = (message) => {
    const { kind, label, link, act } = message.options;
    if (link) return drawLink(link, label);
    const element = button("option", icon(kind === "list" ? "list" : "reply"), make("span", "", label));
    if (kind === "list") {
      element.setAttribute("aria-haspopup", "dialog");
      element.addEventListener("click", () => Phone.openList(message, element));
    } else {
      element.disabled = !act;
      element.addEventListener("click", () => Phone.perform({ do: act, reply_to: message.wamid }));
    }
    return element;
  };

  const drawOptions = (message) => {
    const box = make("div", "options");
    const many = message.options.kind !== "list" && message.options.sections.length;
    box.append(...(many ? drawRows(message) : [drawSingle(message)]));
    return box;
  };

  const drawDeleted = (message) => {
    const body = make("div", "body");
    const words = message.mine ? data.tDeleted : data.tDeletedTheirs;
    body.append(make("div", "text gone", words), drawMeta(message));
    return body;
  };

  const drawBody = (message) => {
    const body = make("div", "body");
    const options = message.options || {};
    body.append(make("span", "sr", `${message.mine ? data.tYou : data.tBusiness}: `));
    if (message.edited) body.classList.add("is-edited");
    if (message.group) body.append(make("div", "label", data.tGroup));
    if (message.ad) body.append(drawAd(message.ad));
    if (message.context) body.append(...drawQuote(message));
    if (options.header) body.append(make("div", "headline", options.header));
    if (message.file) body.append(drawFile(message.file, message));
    if (message.card) body.append(drawCard(message.card));
    const named = message.file && message.file.name === message.text;
    if (message.text && !named) {
      const text = make("div", "text");
      text.append(...formatted(message.text));
      body.append(text);
    } else {
      body.classList.add("media-only");
    }
    if (options.footer) {
      body.classList.add("with-footer");
      body.append(make("div", "footer", options.footer));
    }
    body.append(drawMeta(message));
    return body;
  };

  const drawReactions = (emojis) => {
    const box = make("div", "reactions", emojis.join(" "));
    box.setAttribute("aria-label", `${data.tReactions}: ${emojis.join(" ")}`);
    box.setAttribute("role", "img");
    return box;
  };

  const drawMenu = (message) => {
    const open = button("more", icon("more"));
    open.setAttribute("aria-label", data.tMore);
    open.setAttribute("aria-haspopup", "dialog");
    open.addEventListener("click", () => Phone.openMenu(message, open));
    return open;
  };

  const drawEvent = (message) => {
    const line = make("div", "event");
    line.append(make("span", "", message.text), " ", make("time", "", clock.format(new Date(message.at))));
    return line;
  };

  const draw = (message, retry) => {
    const bubble = make("article", message.event ? "bubble is-event" : "bubble");
    bubble.classList.toggle("mine", message.mine);
    Object.assign(bubble.dataset, {
      from: message.mine ? "lead" : "business", type: message.type, status: message.status, at: message.at,
    });
    if (message.event) {
      bubble.append(drawEvent(message));
      return bubble;
    }
    bubble.append(message.deleted ? drawDeleted(message) : drawBody(message));
    if (message.reactions && message.reactions.length) {
      bubble.classList.add("has-reactions");
      bubble.append(drawReactions(message.reactions));
    }
    if (message.options && !message.deleted) {
      bubble.classList.add("has-options");
      bubble.append(drawOptions(message));
    }
    if (!message.mine && message.status === "failed") {
      bubble.append(make("p", "never", data.tNever));
    } else if (message.id && !message.deleted) {
      bubble.append(drawMenu(message));
    }
    if (retry) {
      const again = button("retry", data.tRetry);
      again.addEventListener("click", retry);
      bubble.append(again);
    }
    return bubble;
  };

  Object.assign(Phone, { draw, summary, nameOf });
})();
