// The file beside the words: chosen, dropped or pasted; taken off, and put back.
"use strict";

window.attachmentOf = (composer, words, say) => {
  const { file: input, text } = composer.elements;
  const line = composer.querySelector(".attached");
  const [off, back] = line.querySelectorAll("[data-detach], [data-reattach]");
  const MOST = 100 * 1048576;
  // What was taken off is kept until the next message goes.
  let removed = null;

  const size = (bytes) => {
    const [amount, unit] = bytes < 1e6 ? [Math.ceil(bytes / 1024), "kilobyte"] : [bytes / 1048576, "megabyte"];
    return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit, maximumFractionDigits: 1 }).format(amount);
  };

  // Shows what will be sent; the server decides whether WhatsApp takes it.
  function show() {
    const [file] = input.files;
    line.hidden = !file && !removed;
    off.hidden = !file;
    back.hidden = Boolean(file);
    if (!line.hidden) {
      line.querySelector("span").textContent = `${(file || removed).name} · ${file ? size(file.size) : words.removed}`;
    }
  }

  function hold(files) {
    const one = new DataTransfer();
    for (const file of files) one.items.add(file);
    input.files = one.files;
  }

  function attach() {
    const [file] = input.files;
    const tooLarge = file && file.size > MOST;
    if (tooLarge) hold([]);
    else removed = null;
    show();
    say(tooLarge ? words.tooLarge : "");
    text.focus();
  }

  function take(files) {
    if (!files.length || input.disabled) return;
    hold([files[0]]);
    attach();
  }

  // What is copied from an office program is a picture too: there the words are meant.
  const bringsFiles = (data) => data.types.includes("Files") && !data.types.includes("text/plain");
  input.addEventListener("change", attach);
  composer.addEventListener("dragover", (event) => {
    if (bringsFiles(event.dataTransfer)) event.preventDefault();
  });
  composer.addEventListener("drop", (event) => {
    if (!bringsFiles(event.dataTransfer)) return;
    event.preventDefault();
    take(event.dataTransfer.files);
  });
  text.addEventListener("paste", (event) => {
    if (!bringsFiles(event.clipboardData)) return;
    event.preventDefault();
    take(event.clipboardData.files);
  });
  back.addEventListener("click", () => take([removed]));
  off.addEventListener("click", () => {
    [removed] = input.files;
    hold([]);
    show();
    text.focus();
  });

  // Some browsers keep what was chosen over a reload.
  show();

  return {
    file: () => input.files[0],
    // After it was sent; one that was chosen meanwhile stays.
    forget(sent) {
      removed = null;
      if (input.files[0] === sent) hold([]);
      show();
    },
  };
};
