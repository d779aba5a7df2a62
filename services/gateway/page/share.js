import { element } from './element.js';
import { linkTo } from './link.js';
import { words } from './words.js';

const SAID_FOR_MS = 4000;

/** Hands on a link that restores the ranking: by the system's own sheet on a phone, else by the clipboard, else to be copied by hand. */
export function shareButton(ranking, version) {
  const url = linkTo(ranking, version);
  const label = element('span', { role: 'status' }, words.slate.share);
  const button = element('button', { class: 'quiet', 'data-testid': 'share', onclick: share }, label);
  const root = element('div', { class: 'share' }, button);

  async function share() {
    if (navigator.share && matchMedia('(pointer: coarse)').matches) {
      // Whoever closes the sheet has changed their mind.
      return navigator.share({ url, title: words.title }).catch(() => {});
    }
    try {
      await navigator.clipboard.writeText(url);
      label.textContent = words.slate.shared;
      setTimeout(() => { label.textContent = words.slate.share; }, SAID_FOR_MS);
    } catch {
      const field = element('input', { class: 'address', readonly: true, value: url, 'aria-label': words.slate.copy });
      button.replaceWith(field);
      field.focus();
      field.select();
    }
  }

  root.dataset.url = url;
  return root;
}
