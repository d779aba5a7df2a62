import { button, checkbox, chip, confirmed, facts } from './controls.js';
import { counted } from './counted.js';
import { element } from './element.js';
import { pages, query } from './pages.js';
import { picture } from './picture.js';

const CATALOGUE = '/api/v1/admin/catalogue';

/** The nine groups and who stands for each; choosing by hand, grouping everyone anew, and alarms. */
export const section = {
  id: 'groups',
  title: 'Groups',
  open(root, context) {
    const [group] = context.at;
    return group === undefined ? openGroups(root, context) : openGroup(root, context, Number(group));
  },
};

async function openGroups(root, { ask, say }) {
  const alarms = element('ul', { class: 'section' });
  const about = element('div', { class: 'card' });
  const grid = element('ul', { class: 'cards', 'data-testid': 'groups' });
  const force = checkbox('in spite of alarms', { 'data-testid': 'force' });
  const rebuild = button('Group everyone anew', { 'data-testid': 'rebuild', async onclick() {
    const anyway = force.input.checked;
    if (anyway && !await confirmed({ title: 'Publish in spite of alarms', action: 'Publish',
      detail: 'What rings is passed over, now and until it is quiet again.' })) return;
    rebuild.disabled = true;
    say('Everyone is being grouped anew.');
    try {
      show(await ask(`${CATALOGUE}/rebuild`, { body: { force: anyway } }));
      say('Everyone is grouped anew.', 'done');
    } catch (problem) {
      say(problem.message, 'error');
    }
    rebuild.disabled = false;
  } });

  function show(catalogue) {
    const { catalogue_version, profile, people, left_out, obstacle, generation, changed_share, crops, changes } = catalogue;
    alarms.replaceChildren(...catalogue.alarms.map(({ name, words, accepted }) => element('li', { class: accepted ? 'notice' : 'notice bad' },
      element('strong', {}, name), ` · ${words} · ${accepted ? 'published all the same' : 'not published'}`)));
    about.replaceChildren(facts([
      ['Catalogue', element('span', { class: 'mono', 'data-testid': 'catalogue-version' }, catalogue_version || 'none yet')],
      ['People', `${people} in it, ${left_out} left out${catalogue_version || !obstacle ? '' : ` · ${obstacle}`}`],
      ['Crops', `${crops.stored} stored, ${crops.embedded} embedded, ${crops.looked_at} looked at${crops.dead ? `, ${counted(crops.dead, 'dead letter')}` : ''}`],
      ['Profile', profile],
      ['Grouping', `number ${generation}; ${(changed_share * 100).toFixed(1)} % changed, came or left since`],
      ['It changed', `${counted(changes.faces, 'face')}; ${changes.moved} of ${counted(changes.stayed, 'person', 'people')} moved`],
    ]), element('div', { class: 'row' }, rebuild, force.root));
    grid.replaceChildren(...catalogue.groups.map((group) => groupCard(ask, group)));
  }

  root.append(alarms, about, grid);
  try {
    show(await ask(CATALOGUE));
  } catch (problem) {
    say(problem.message, 'error');
  }
}

function groupCard(ask, { group, members, chosen, representative }) {
  const { id, name, portrait } = representative ?? {};
  return element('li', { class: 'card group', 'data-testid': `group-${group}` },
    element('h2', {}, `Group ${group} `, chosen && chip('chosen by hand', 'warn')),
    element('div', { class: 'row' }, picture(ask, id, portrait, { size: 112, name: name ?? '' }),
      element('div', { class: 'crop-words' }, element('strong', {}, name ?? 'nobody'), element('a', { href: `#people/${id}`, class: 'mono' }, id),
        element('span', { class: 'soft' }, counted(members, 'person', 'people')))),
    element('a', { href: `#groups/${group}`, 'data-testid': `members-${group}` }, `Members of group ${group}`));
}

function openGroup(root, { ask, say }, group) {
  const path = `${CATALOGUE}/groups/${group}`;
  const grid = element('ul', { class: 'cards', 'data-testid': 'members' });
  const back = button('Leave the choice to the cosines', { hidden: true, 'data-testid': 'unchoose', onclick: () => replace(null) });
  let standing = {};

  async function replace(id) {
    try {
      tell(await ask(`${path}/representative`, { body: { person_id: id } }));
      say(id ? `${id} stands for group ${group}.` : `The cosines chose ${standing.representative?.id}.`, 'done');
      await list.again();
    } catch (problem) {
      say(problem.message, 'error');
    }
  }

  function tell({ groups }) {
    standing = groups[group] ?? {};
    back.hidden = !standing.chosen;
  }

  const list = pages({
    async load(cursor) {
      if (cursor === null) tell(await ask(CATALOGUE));
      const { people, next } = await ask(query(path, { cursor }));
      return { rows: people, next };
    },
    add: (people) => grid.append(...people.map((person) => memberCard(ask, person, standing, replace))),
    clear: () => grid.replaceChildren(),
    failed: (problem) => say(problem.message, 'error'),
  });
  root.append(element('p', {}, element('a', { href: '#groups' }, '← all groups')),
    element('h2', {}, `Group ${group}`),
    element('p', { class: 'soft' }, 'Whoever is chosen stands for the group for as long as they are in it and can be shown.'),
    element('p', {}, back), grid, list.root);
  list.again();
}

function memberCard(ask, { id, name, portrait, closeness }, { representative, chosen }, replace) {
  const stands = representative?.id === id;
  return element('li', { class: 'card group', 'data-testid': 'member' },
    element('div', { class: 'row' }, picture(ask, id, portrait, { size: 96, name }),
      element('div', { class: 'crop-words' }, element('strong', {}, name), element('a', { href: `#people/${id}`, class: 'mono' }, id),
        element('span', { class: 'soft' }, `cosine to the middle ${closeness?.toFixed(3) ?? '–'}`))),
    stands ? element('p', {}, chip(chosen ? 'represents, chosen by hand' : 'represents', 'good'))
      : element('p', {}, button('Let represent', { 'data-testid': `represent-${id}`, 'aria-label': `Let represent: ${name}`,
        disabled: !portrait, onclick: () => replace(id) })));
}
