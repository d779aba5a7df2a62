// Scrolls to the end, and answers as soon as the page has more results than before, or false after a while.
const [selector, milliseconds, done] = arguments;
const count = () => document.querySelectorAll(selector).length;
const before = count();
const changes = new MutationObserver(() => count() > before && end(true));
const patience = setTimeout(() => end(false), milliseconds);
function end(more) {
  changes.disconnect();
  clearTimeout(patience);
  done(more);
}
changes.observe(document, { subtree: true, childList: true, attributes: true });
window.scrollTo(0, document.documentElement.scrollHeight);
