import { element } from './element.js';
import { notice } from './notice.js';
import { portrait } from './portrait.js';
import { words } from './words.js';

const PICKS = 5;
const FACES = 9;

/** The ranking with `group` added at its end, or taken out so that later ranks move up. A full ranking takes no more. */
export function tapped(ranking, group) {
  if (ranking.includes(group)) return ranking.filter((other) => other !== group);
  return ranking.length < PICKS ? [...ranking, group] : ranking;
}

/** The first step: nine representatives, of which the visitor ranks five. `onRanked(catalogueVersion, ranking)` may reject. */
export function facesView({ onRanked }) {
  let catalogue = null;
  let waiting = false;
  let ranking = [];
  let buttons = new Map();

  const heading = element('h1', { tabindex: '-1' }, words.faces.heading);
  const messages = element('div', { class: 'messages' });
  const grid = element('div', { class: 'grid', role: 'group', 'aria-label': words.faces.grid, onkeydown: moveByArrow });
  const tray = element('ol', { class: 'tray', 'aria-label': words.faces.tray });
  const count = element('p', { class: 'count', role: 'status' });
  const submitLabel = element('span', {}, words.faces.submit);
  const submit = element('button',
    { type: 'button', class: 'primary', 'data-testid': 'recommend', disabled: true, onclick: send }, submitLabel);
  const root = element('section', { class: 'faces' },
    element('header', { class: 'intro' }, heading, element('p', { class: 'lead' }, words.faces.lead), messages),
    grid,
    element('div', { class: 'bar' }, tray, count, submit));

  function tap(group) {
    const before = ranking;
    ranking = tapped(ranking, group);
    messages.replaceChildren();
    showRanking();
    if (ranking === before) count.textContent = words.faces.full;
  }

  function showRanking() {
    for (const [group, { button, badge, person }] of buttons) {
      const rank = ranking.indexOf(group) + 1;
      button.setAttribute('aria-pressed', rank > 0);
      button.setAttribute('aria-label', rank ? words.faces.ranked(person.name, rank) : person.name);
      badge.textContent = rank || '';
    }
    grid.classList.toggle('full', ranking.length === PICKS);
    tray.replaceChildren(...Array.from({ length: PICKS }, (_, place) => slot(place, buttons.get(ranking[place])?.person)));
    count.textContent = words.faces.count(ranking.length);
    submit.disabled = ranking.length < PICKS;
  }

  async function send() {
    submit.disabled = true;
    submit.setAttribute('aria-busy', 'true');
    submitLabel.textContent = words.faces.submitting;
    messages.replaceChildren();
    try {
      await onRanked(catalogue.catalogue_version, ranking);
    } catch (problem) {
      fail(problem, send);
    } finally {
      submit.removeAttribute('aria-busy');
      submitLabel.textContent = words.faces.submit;
      submit.disabled = ranking.length < PICKS;
    }
  }

  function say(message) {
    messages.replaceChildren(notice(message));
    messages.scrollIntoView({ block: 'nearest' });
  }

  function fail({ title, detail }, retry) {
    say({ title, detail, action: { label: words.problem.retry, run: retry } });
  }

  /** Arrow keys walk the grid as it is seen; Tab still reaches every face. */
  function moveByArrow(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -3, ArrowDown: 3 }[event.key];
    const faces = [...grid.querySelectorAll('button')];
    const next = faces[faces.indexOf(document.activeElement) + step];
    if (!step || !next) return;
    event.preventDefault();
    next.focus();
  }

  function fill(tiles) {
    grid.replaceChildren(...tiles);
    grid.setAttribute('aria-busy', !catalogue);
    grid.classList.remove('still');
    showRanking();
  }

  function clear() {
    catalogue = null;
    ranking = [];
    buttons = new Map();
    fill(Array.from({ length: FACES }, () => element('span', { class: 'tile skeleton' })));
  }

  /** The faces of a catalogue, nothing ranked yet, with a message where there is something to say. */
  function show(loaded, message) {
    catalogue = loaded;
    ranking = [];
    buttons = new Map(catalogue.representatives.map(({ group, person }) => [group, face(group, person, tap)]));
    fill([...buttons.values()].map(({ button }) => button));
    waiting = false;
    messages.replaceChildren();
    if (message) say(message);
  }

  clear();
  return {
    root,
    heading,
    show,
    restart: () => show(catalogue),
    /** Skeletons while the faces are fetched. */
    load() {
      clear();
      waiting = false;
      messages.replaceChildren();
      count.textContent = words.faces.loading;
    },
    /** Skeletons and a word that the faces come by themselves. */
    wait() {
      if (waiting) return;
      clear();
      waiting = true;
      count.textContent = '';
      say({ tone: 'wait', title: words.faces.preparing, detail: words.faces.preparingDetail });
    },
    /** What went wrong instead of faces. */
    failed(problem, retry) {
      waiting = false;
      grid.classList.add('still');
      count.textContent = '';
      fail(problem, retry);
    },
    get untouched() { return ranking.length === 0; },
    get catalogueVersion() { return catalogue?.catalogue_version; },
  };
}

function face(group, person, tap) {
  const badge = element('span', { class: 'badge', 'aria-hidden': 'true' });
  const button = element('button',
    { type: 'button', class: 'tile', 'data-testid': 'representative', 'data-group': group, onclick: () => tap(group) },
    portrait(person), badge);
  return { button, badge, person };
}

function slot(place, person) {
  return element('li', { class: person ? 'slot taken' : 'slot' },
    person ? portrait(person) : element('span', { class: 'portrait', 'aria-hidden': 'true' }, String(place + 1)),
    element('span', { class: 'slot-name' }, person?.name ?? words.faces.empty));
}
