import { element } from './element.js';

let named = 0;

/** A button; `attributes` as of `element`. */
export const button = (label, attributes = {}) => element('button', attributes, label);

/** A labelled input → `{root, input}`. */
export function field(label, attributes = {}) {
  const id = `field-${(named += 1)}`;
  const input = element('input', { id, ...attributes });
  return { root: element('div', { class: 'field' }, element('label', { for: id }, label), input), input };
}

/** A labelled choice of `[value, text]` pairs → `{root, input}`. */
export function choice(label, options, attributes = {}) {
  const id = `field-${(named += 1)}`;
  const input = element('select', { id, ...attributes }, options.map(([value, text]) => element('option', { value }, text)));
  return { root: element('div', { class: 'field' }, element('label', { for: id }, label), input), input };
}

/** A box to tick → `{root, input}`. */
export function checkbox(label, attributes = {}) {
  const input = element('input', { type: 'checkbox', ...attributes });
  return { root: element('label', { class: 'tick' }, input, label), input };
}

/** A word in a coloured frame; tone: good, warn, bad or none. */
export const chip = (text, tone = '') => element('span', { class: `chip ${tone}` }, text);

/** A bar from 0 to 1, with its words beside it → `{root, at(share, words)}`. */
export function meter(label) {
  const words = element('span', { class: 'meter-words' });
  const bar = element('progress', { max: '1', value: '0', 'aria-label': label });
  return {
    root: element('div', { class: 'meter' }, bar, words),
    at(share, text) {
      bar.value = Math.min(1, Math.max(0, share));
      words.textContent = text;
    },
  };
}

/** Names with their values, in rows. */
export const facts = (pairs) =>
  element('dl', { class: 'facts' }, pairs.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)]));

/**
 * Asks before something that cannot be undone: resolves to whether it was confirmed. Where `typed` is given, it must be
 * typed first.
 */
export function confirmed({ title, detail, action, typed = null }) {
  const { promise, resolve } = Promise.withResolvers();
  const go = button(action, { type: 'submit', class: 'danger', value: 'yes', disabled: typed !== null, 'data-testid': 'confirm' });
  const words = typed !== null && field(`Type ${typed} to confirm`, {
    autocomplete: 'off', spellcheck: 'false', 'data-testid': 'confirm-typed',
    oninput: (event) => { go.disabled = event.target.value !== typed; },
  });
  const dialog = element('dialog', { 'aria-labelledby': 'dialog-title', onclose: () => {
    resolve(dialog.returnValue === 'yes');
    dialog.remove();
  } },
  element('form', { method: 'dialog' },
    element('h2', { id: 'dialog-title' }, title),
    element('p', {}, detail),
    words && words.root,
    element('div', { class: 'actions' },
      button('Cancel', { class: 'quiet', 'data-testid': 'cancel', onclick: () => dialog.close() }), go)));
  document.body.append(dialog);
  dialog.showModal();
  return promise;
}
