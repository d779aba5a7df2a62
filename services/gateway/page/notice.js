import { element } from './element.js';

/** A word to the visitor that is read out at once; `action` is what mends it: `{label, run}`. */
export function notice({ title, detail, action, tone = 'error' }) {
  return element('div', { class: `notice ${tone}`, role: tone === 'error' ? 'alert' : 'status' },
    element('div', {},
      element('strong', {}, sentence(title)),
      detail && detail !== title && element('p', {}, sentence(detail))),
    action && element('button', { type: 'button', class: 'quiet', onclick: () => action.run() }, action.label));
}

const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);
