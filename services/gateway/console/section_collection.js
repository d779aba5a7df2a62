import { button, checkbox, chip, confirmed, field, meter } from './controls.js';
import { counted } from './counted.js';
import { element } from './element.js';
import { query } from './pages.js';
import { table } from './table.js';

/** Importing a roster with a word on each of its rows, and collecting people once more. */
export const section = {
  id: 'collection',
  title: 'Collection',
  open(root, { ask, say }) {
    const file = field('Roster', { type: 'file', accept: '.csv,text/csv', required: true, 'data-testid': 'roster-file' });
    const lists = field('Lists of addresses that it names', { type: 'file', accept: '.txt,text/plain', multiple: true, 'data-testid': 'lists' });
    const folder = () => field('Folder of photos on the collector’s machine', { placeholder: 'none', size: '36', spellcheck: 'false',
      autocomplete: 'off' });
    const [importFolder, collectFolder] = [folder(), folder()];
    importFolder.input.dataset.testid = 'photos';
    const people = field('People', { placeholder: 'everyone', size: '36', spellcheck: 'false', autocomplete: 'off' });
    const again = checkbox('look again at pictures that gave no crop');
    const begin = button('Import', { type: 'submit', class: 'primary', 'data-testid': 'import' });
    const collect = button('Collect', { type: 'submit' });
    const run = runView();
    let left = false;

    /** Sends the roster with its lists. Should many be taken off the show by it, somebody is asked first, and it is sent again. */
    async function importRoster(isConfirmed) {
      const path = query('/api/v1/admin/roster', { photos: importFolder.input.value.trim(), confirmed: isConfirmed || '' });
      const body = new FormData();
      body.append('roster', file.input.files[0]);
      for (const list of lists.input.files) body.append('list', list);
      const unconfirmed = await follow('The import', () => ask(path, { method: 'POST', body, as: 'lines' }));
      if (!unconfirmed) return;
      const { people, shown } = unconfirmed;
      const sure = await confirmed({
        title: `Take ${counted(people.length, 'person', 'people')} off the show`,
        detail: `By this roster consent has ended for ${people.length} of the ${shown} who are shown: ${people.join(', ')}.`,
        action: 'Take them off',
      });
      if (sure && !left) await importRoster(true);
      else say('Nothing was changed.');
    }

    /** Follows a run to its end → whom it would take off the show without having done anything, if that is how it ended. */
    async function follow(what, ask) {
      begin.disabled = collect.disabled = true;
      run.clear();
      say(`${what} began. Leaving this section ends it; the same again goes on from there.`);
      try {
        for await (const line of await ask()) {
          if (left) return;
          run.tell(line);
          if (line.unconfirmed) return line.unconfirmed;
          if (line.problem) throw new Error(line.problem.detail);
          if (line.summary) say(`${what} is done: ${counted(line.summary.stored, 'crop')} stored, ${counted(line.summary.refused_rows, 'row')} refused.`, 'done');
        }
      } catch (problem) {
        say(problem.message, 'error');
      } finally {
        begin.disabled = collect.disabled = false;
      }
    }

    root.append(
      element('form', { class: 'card', onsubmit(event) {
        event.preventDefault();
        importRoster(false);
      } },
      element('h2', {}, 'Import a roster'),
      element('p', { class: 'soft' }, 'A CSV file as avzeus roster template prints one. Nothing is fetched for a row without attestation and consent. '
        + 'A row that is refused leaves whoever it names as they are, unless it says that consent has ended.'),
      element('div', { class: 'row' }, file.root, lists.root, importFolder.root, begin)),
      element('form', { class: 'card', onsubmit(event) {
        event.preventDefault();
        const body = { people: people.input.value.split(/[\s,;]+/).filter(Boolean), photos: collectFolder.input.value.trim(), again: again.input.checked };
        follow('Collecting', () => ask('/api/v1/admin/collect', { body, as: 'lines' }));
      } },
      element('h2', {}, 'Collect once more'),
      element('div', { class: 'row' }, people.root, collectFolder.root, again.root, collect)),
      run.root);
    return () => { left = true; };
  },
};

/** What is told of a run, as it comes. */
function runView() {
  const progress = meter('People who are done with');
  const rows = table('Rows of the roster', [
    { title: 'Line', kind: 'number', cell: ({ line }) => line },
    { title: 'Person', kind: 'head', cell: ({ id }) => id || '–' },
    { title: 'Row', cell: ({ accepted }) => (accepted ? chip('accepted', 'good') : chip('refused', 'bad')) },
    { title: 'Why', cell: ({ reason, taken_off }) => (taken_off ? `${reason}; they are no longer on the roster` : reason ?? '') },
  ]);
  const rejected = table('What gave no crop', [
    { title: 'Person', kind: 'head', cell: ({ person }) => person },
    { title: 'Picture or source', cell: ({ source }) => element('span', { class: 'mono' }, source || 'all') },
    { title: 'Outcome', cell: ({ outcome }) => chip(outcome.replace('_', ' '), outcome === 'failed' ? 'bad' : '') },
    { title: 'Why', cell: ({ reason, tried_again }) => (tried_again ? `${reason} (the same again tries it once more)` : reason) },
  ]);
  const root = element('div', { class: 'section', hidden: true, 'data-testid': 'run' },
    progress.root,
    element('section', { class: 'section', 'data-testid': 'rows' }, element('h2', {}, 'Rows'), rows.root),
    element('section', { class: 'section', 'data-testid': 'rejected' }, element('h2', {}, 'Pictures without a crop'), rejected.root));

  return {
    root,
    clear() {
      root.hidden = false;
      progress.at(0, '');
      rows.show([]);
      rejected.show([]);
    },
    tell({ row, rejected: without, count, summary }) {
      if (row) rows.add([row]);
      if (without) rejected.add([without]);
      const now = count ?? summary;
      if (now) progress.at(now.people_done / Math.max(1, now.people), words(now));
    },
  };
}

const words = ({ people, people_done, found, stored, known, no_face, duplicate, failed }) =>
  `${people_done} of ${counted(people, 'person', 'people')}, ${counted(found, 'picture')}: ${counted(stored, 'crop')} stored, ${known} known, `
  + `${no_face} without a face, ${counted(duplicate, 'duplicate')}, ${failed} failed`;
