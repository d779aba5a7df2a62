import { element } from './element.js';
import { notice, problemNotice } from './notice.js';
import { face, tray } from './tiles.js';
import { FACES, PICKS, tapped } from './visit.js';
import { words } from './words.js';

/** The second step: nine faces, of which five are ranked. It shows the visit; `update()` after every change of it. */
export function selectionView(visit, { onRanking, onSubmit, onRetry, onPhoto }) {
  let shown = null;
  let buttons = new Map();

  const heading = element('h1', { tabindex: '-1' }, words.faces.heading);
  const messages = element('div', { class: 'messages' });
  const grid = element('div', { class: 'grid', role: 'group', 'aria-label': words.faces.grid, onkeydown: moveByArrow });
  const places = tray();
  const count = element('p', { class: 'count', 'data-testid': 'count' });
  const said = element('p', { class: 'unseen', role: 'status', 'data-testid': 'said' });
  const clear = element('button', { class: 'text', 'data-testid': 'clear', onclick: () => rank([], '') }, words.faces.clear);
  const submitLabel = element('span');
  const submit = element('button',
    { class: 'primary', 'data-testid': 'recommend', onclick: onSubmit }, submitLabel);
  const photo = element('button', { class: 'text photo-link', 'data-testid': 'photo-instead', onclick: onPhoto }, words.faces.photo);
  const bar = element('div', { class: 'bar' }, places.root, element('div', { class: 'counted' }, count, clear), submit, said);
  const root = element('section', { class: 'selection' },
    element('header', { class: 'intro' }, heading, element('p', { class: 'lead' }, words.faces.lead), messages),
    grid, bar, photo);

  function tap(group, name) {
    const ranking = tapped(visit.ranking, group);
    if (ranking === visit.ranking) say(words.faces.full);
    else rank(ranking, ranking.includes(group) ? words.faces.added(name, ranking.length) : words.faces.removed(name));
  }

  function rank(ranking, saying) {
    onRanking(ranking);
    say(`${saying} ${words.faces.count(ranking.length)}`);
    if (ranking.length === 0 && document.activeElement === document.body) heading.focus();
  }

  function say(text) {
    said.textContent = text;
    if (text === words.faces.full) count.textContent = text;
  }

  function update() {
    const { faces, catalogue, ranking } = visit;
    if (shown !== catalogue || grid.childElementCount === 0) fill(catalogue);
    grid.setAttribute('aria-busy', faces.state === 'loading');
    grid.classList.toggle('still', faces.state === 'failed');
    for (const [group, { show }] of buttons) show(ranking.indexOf(group) + 1);
    grid.classList.toggle('full', ranking.length === PICKS);
    bar.classList.toggle('ready', ranking.length === PICKS);
    places.show(ranking.map((group) => buttons.get(group)?.person));
    count.textContent = { loading: words.faces.loading, there: words.faces.count(ranking.length) }[faces.state] ?? '';
    clear.hidden = ranking.length === 0;
    submit.disabled = ranking.length < PICKS || visit.asking;
    submit.toggleAttribute('aria-busy', visit.asking);
    submitLabel.textContent = visit.asking ? words.faces.submitting : words.faces.submit;
    const message = messageNow();
    messages.replaceChildren(...(message ? [message] : []));
    if (visit.problem) messages.scrollIntoView({ block: 'nearest' });
  }

  function messageNow() {
    if (visit.problem) return problemNotice(visit.problem, onSubmit);
    if (visit.faces.state === 'failed') return problemNotice(visit.faces.problem, onRetry);
    if (visit.faces.state === 'waiting') return notice({ tone: 'wait', ...words.notices.preparing });
    return visit.notice && notice(words.notices[visit.notice]);
  }

  function fill(catalogue) {
    shown = catalogue;
    const faces = catalogue?.representatives ?? [];
    buttons = new Map(faces.map(({ group, person }) => [group, face(group, person, tap)]));
    grid.replaceChildren(...(catalogue
      ? [...buttons.values()].map(({ button }) => button)
      : Array.from({ length: FACES }, () => element('span', { class: 'tile skeleton' }))));
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

  update();
  return { root, heading, update };
}
