import { button, chip, confirmed, facts } from './controls.js';
import { element } from './element.js';
import { pages, query } from './pages.js';
import { table } from './table.js';

const LETTERS = '/api/v1/admin/dead-letters';
const PAGE = 20;
const TONES = { bad_input: 'warn', bug: 'bad' };

/** Messages that could not be handled: read, tried again, dropped. */
export const section = { id: 'dead-letters', title: 'Dead letters', open };

function open(root, { ask, say }) {
  let shown = [];
  const opened = element('div', { 'aria-live': 'polite' });
  const letters = table('Dead letters, oldest first', [
    { title: 'Place', kind: 'number', cell: ({ sequence }) => sequence },
    { title: 'What', cell: ({ subject }) => element('span', { class: 'mono' }, subject) },
    { title: 'Class', cell: (letter) => chip(letter.class.replace('_', ' '), TONES[letter.class]) },
    { title: 'Why', cell: ({ reason }) => reason },
    { title: 'When', cell: ({ at }) => new Date(at).toLocaleString() },
    { title: 'Do', cell: ({ sequence }) => element('div', { class: 'row' },
      button('Read', { 'aria-label': `Read ${sequence}`, 'data-testid': `read-${sequence}`, onclick: () => read(sequence) }),
      button('Retry', { 'aria-label': `Retry ${sequence}`, 'data-testid': `retry-${sequence}`, onclick: () => retry(sequence) }),
      button('Drop', { class: 'danger', 'aria-label': `Drop ${sequence}`, 'data-testid': `drop-${sequence}`, onclick: () => drop(sequence) })) },
  ], [], { empty: 'There are none: everything was handled.' });
  const list = pages({
    async load(cursor) {
      const { dead_letters: rows, next } = await ask(query(LETTERS, { limit: PAGE, cursor }));
      return { rows, next };
    },
    add(rows) {
      shown.push(...rows);
      letters.show(shown);
    },
    clear() { shown = []; },
    failed: (problem) => say(problem.message, 'error'),
  });
  root.append(
    element('p', { class: 'soft' }, 'Retry publishes a message once more under its own subject, after what was wrong is mended. A message that its stream has already, or has something newer in place of, is left alone.'),
    letters.root, list.root, opened);
  list.again();

  function gone(sequence) {
    shown = shown.filter((letter) => letter.sequence !== sequence);
    opened.replaceChildren();
    letters.show(shown);
    // The button that was pressed is gone, too.
    letters.root.focus();
  }

  async function read(sequence) {
    try {
      const letter = await ask(`${LETTERS}/${sequence}`);
      const heading = element('h2', { tabindex: '-1' }, `Dead letter ${sequence}`);
      const said = letter.message ? JSON.stringify(letter.message, null, 2) : letter.hex.replace(/(.{2})/g, '$1 ');
      opened.replaceChildren(element('section', { class: 'card', 'data-testid': 'letter' },
        heading,
        facts([['Subject', letter.subject], ['Message', letter.kind ?? `none of ours, ${letter.bytes} bytes`],
          ...Object.entries(letter.headers)]),
        element('pre', { class: 'mono scroll', tabindex: '0', role: 'region', 'aria-label': 'What it says' }, said),
        element('div', { class: 'row' }, button('Close', { onclick: () => opened.replaceChildren() }))));
      heading.focus();
    } catch (problem) {
      failed(sequence, problem);
    }
  }

  async function retry(sequence) {
    try {
      const { outcome } = await ask(`${LETTERS}/${sequence}/retry`, { method: 'POST' });
      say(outcome === 'published' ? `${sequence} was published again.` : `${sequence} was there already: it is done.`, 'done');
      gone(sequence);
    } catch (problem) {
      failed(sequence, problem);
    }
  }

  async function drop(sequence) {
    const sure = await confirmed({ title: `Drop dead letter ${sequence}?`, detail: 'It cannot be read or retried any more.', action: 'Drop it' });
    if (!sure) return;
    try {
      await ask(`${LETTERS}/${sequence}`, { method: 'DELETE' });
      say(`${sequence} was dropped.`, 'done');
      gone(sequence);
    } catch (problem) {
      failed(sequence, problem);
    }
  }

  function failed(sequence, problem) {
    say(problem.message, 'error');
    if (problem.status === 404) gone(sequence);
  }
}
