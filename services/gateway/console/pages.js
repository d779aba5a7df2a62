import { button } from './controls.js';
import { element } from './element.js';

/**
 * A list that comes page by page: `load(cursor)` resolves to `{rows, next}`, and `add(rows)` shows them. The button for more is
 * there while there are more. `again()` begins anew, after `clear()`.
 */
export function pages({ load, add, clear, failed }) {
  const more = button('Show more', { class: 'quiet', hidden: true, 'data-testid': 'more', onclick: () => page() });
  let next = null;
  let turn = 0;

  async function page(anew = false) {
    const mine = (turn += 1);
    more.disabled = true;
    try {
      const loaded = await load(anew ? null : next);
      // Another beginning was made meanwhile.
      if (mine !== turn) return;
      if (anew) clear();
      add(loaded.rows);
      next = loaded.next ?? null;
      more.hidden = next === null;
    } catch (problem) {
      if (mine === turn) failed(problem);
    } finally {
      more.disabled = false;
    }
  }

  return { root: element('p', {}, more), again: () => page(true) };
}

/** A path with those of `parameters` that say something. */
export function query(path, parameters) {
  const said = Object.entries(parameters).filter(([, value]) => value !== null && value !== '');
  return said.length ? `${path}?${new URLSearchParams(said)}` : path;
}
