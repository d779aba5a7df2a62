import { button, chip, confirmed, facts, field } from './controls.js';
import { counted } from './counted.js';
import { element } from './element.js';
import { erasureView } from './erasure.js';
import { pages, query } from './pages.js';
import { table } from './table.js';

/** The roster: who may be collected and shown, a row in full, and erasing somebody. */
export const section = {
  id: 'people',
  title: 'People',
  open: (root, { ask, say, at: [person] }) => (person ? openPerson(root, ask, say, person) : openRoster(root, ask, say)),
};

function openRoster(root, ask, say) {
  const filter = field('Id or name', { type: 'search', 'data-testid': 'filter', oninput: () => list.again() });
  const count = element('p', { class: 'soft', 'data-testid': 'enrolled' });
  const rows = table('People on the roster', [
    { title: 'Person', kind: 'head', cell: ({ id }) => element('a', { href: `#people/${id}`, class: 'mono' }, id) },
    { title: 'Name', cell: ({ name }) => name },
    { title: 'Consent', cell: ({ consent }) => consentChips(consent) },
    { title: 'Ends', cell: ({ consent }) => consent.expires_on ?? 'no end' },
    { title: 'Attested', cell: ({ attested_by, attested_on }) => `${attested_on}, ${attested_by}` },
    { title: 'Sources', cell: ({ sources }) => shortened(sources) },
  ], [], { empty: 'Nobody is on the roster. Import one under Collection.' });
  const list = pages({
    async load(cursor) {
      const { people, enrolled, next } = await ask(query('/api/v1/admin/roster', { cursor, filter: filter.input.value.trim() }));
      count.textContent = `${counted(enrolled, 'person is', 'people are')} on the roster.`;
      return { rows: people, next };
    },
    add: rows.add,
    clear: () => rows.show([]),
    failed: (problem) => say(problem.message, 'error'),
  });
  root.append(element('div', { class: 'row' }, filter.root, count), rows.root, list.root);
  list.again();
}

const shortened = (sources) => (sources.length > 3 ? `${sources.slice(0, 3).join(', ')} and ${sources.length - 3} more` : sources.join(', '));

function consentChips({ template, display, stands }) {
  const scope = [template && chip('template', stands ? 'good' : ''), display ? chip('display', stands ? 'good' : '') : chip('not shown')];
  return element('span', { class: 'chips' }, scope, !stands && chip('expired', 'bad'));
}

async function openPerson(root, ask, say, id) {
  const path = `/api/v1/admin/people/${id}`;
  root.append(element('p', {}, element('a', { href: '#people' }, '← everyone'), ' · ', element('a', { href: `#crops/${id}` }, 'crops')));
  const row = element('div', { class: 'card' }, element('h2', {}, id));
  root.append(row);

  async function tellRow() {
    const told = [element('h2', {}, id)];
    try {
      const { enrolled, catalogued } = await ask(path);
      told.push(enrolled ? described(enrolled) : element('p', {}, 'They are not on the roster.'));
      if (catalogued) told.push(place(catalogued));
    } catch (problem) {
      told.push(element('p', { class: 'soft' }, problem.message));
    }
    row.replaceChildren(...told);
  }

  await tellRow();
  const erasure = erasureView(ask, id, say, tellRow);
  const erase = button(`Erase ${id}`, { class: 'danger', 'data-testid': 'erase', async onclick() {
    const sure = await confirmed({
      title: `Erase ${id}`,
      detail: 'Their row, crops, vectors and catalogue entries go, everywhere, and cannot be brought back. A signed receipt stays.',
      action: 'Erase',
      typed: id,
    });
    if (sure) erasure.begin();
  } });
  root.append(element('div', { class: 'card' },
    element('h2', {}, 'Withdrawal'),
    element('p', { class: 'soft' }, 'Whoever withdraws is shown no more from that moment. What lies outside this system, '
      + 'such as the roster’s own file and the photos beside it, is yours to remove.'),
    element('p', {}, erase), erasure.root));
  erasure.resume();
  return erasure.leave;
}

function described({ name, links, sources, hosts, attested_by, attested_on, consent }) {
  return facts([
    ['Name', name],
    ['Consent', element('span', {}, consentChips(consent), ` ${consent.reference}`)],
    ['Granted', consent.granted_on],
    ['Ends', consent.expires_on ?? 'no end'],
    ['Adult, attested by', `${attested_by}, ${attested_on}`],
    ['Sources', sources.join('; ')],
    ['Hosts', hosts.join('; ') || 'none'],
    ['Links', links.length ? links.map(({ label, url }) => `${label}: ${url}`).join('; ') : 'none'],
  ]);
}

const place = ({ group, left_out, kept, dropped }) => facts([
  ['Catalogue', group === null ? `left out: ${left_out}` : `group ${group}`],
  ['Crops', `${kept} kept, ${dropped} dropped`],
]);
