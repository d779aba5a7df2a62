import { element } from './element.js';

/**
 * A table that says what it shows.
 *
 * @param {string} caption read out first, and the name of the region that scrolls
 * @param {{title: string, cell: (row: any) => Node | string | number, kind?: 'head' | 'number'}[]} columns
 * @param {any[]} rows
 * @param {{empty?: string}} options what stands there when there are no rows
 * @returns {{root: HTMLElement, show: (rows: any[]) => void, add: (rows: any[]) => void}}
 */
export function table(caption, columns, rows = [], { empty = 'There are none.' } = {}) {
  const body = element('tbody');
  const heads = columns.map(({ title, kind }) => element('th', { scope: 'col', class: kind === 'number' && 'number' }, title));
  const root = element('div', { class: 'scroll', role: 'region', 'aria-label': caption, tabindex: '0' },
    element('table', {}, element('caption', { class: 'unseen' }, caption), element('thead', {}, element('tr', {}, heads)), body));

  const line = (row) => element('tr', {}, columns.map(({ cell, kind }) => {
    const content = cell(row) ?? '';
    return kind === 'head'
      ? element('th', { scope: 'row' }, content)
      : element('td', { class: kind === 'number' && 'number' }, content);
  }));

  function show(all) {
    body.replaceChildren(...all.map(line));
    if (!all.length) body.append(element('tr', {}, element('td', { class: 'soft', colspan: columns.length }, empty)));
  }

  function add(more) {
    body.querySelector('td[colspan]')?.parentElement.remove();
    body.append(...more.map(line));
  }

  show(rows);
  return { root, show, add };
}
