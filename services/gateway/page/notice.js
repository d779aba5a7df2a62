import { answers } from './api.js';
import { element } from './element.js';
import { explained } from './problem.js';
import { words } from './words.js';

const LOOK_AGAIN_MS = 3000;

/** A word to the visitor that is read out at once. */
export function notice({ title, detail, tone = 'news' }, action) {
  return element('div', { class: `notice ${tone}`, role: tone === 'error' ? 'alert' : 'status' },
    element('div', {}, element('strong', {}, title), detail && element('p', {}, detail)),
    action);
}

/** What went wrong, and a button that tries again: not before the server said that it may. */
export function problemNotice(problem, retry) {
  return notice({ tone: 'error', ...explained(problem) }, retry && retryButton(problem, retry));
}

/** The moment until which is waited is the problem's, so that a notice made anew goes on counting. */
function retryButton(problem, retry) {
  problem.readyAt ??= Date.now() + (problem.retryAfterMs ?? 0);
  const button = element('button', { class: 'quiet', 'data-testid': 'retry', onclick: () => retry() });
  function count() {
    const seconds = Math.ceil((problem.readyAt - Date.now()) / 1000);
    button.disabled = seconds > 0;
    button.textContent = seconds > 0 ? words.problems.retryIn(seconds) : words.problems.retry;
    if (seconds > 0) setTimeout(count, 250);
  }
  count();
  if (problem.isSilence) goOnOnceAnswered(button, retry);
  return button;
}

/** `online` comes at once, but not everywhere, and a server that is back tells nobody: it is looked after, too. */
function goOnOnceAnswered(button, retry) {
  const goOn = () => button.isConnected && retry();
  const look = async () => button.isConnected && ((await answers()) ? goOn() : later());
  const later = () => setTimeout(look, LOOK_AGAIN_MS * (1 + Math.random()));
  addEventListener('online', goOn, { once: true });
  later();
}
