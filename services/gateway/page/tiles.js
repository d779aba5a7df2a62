import { element } from './element.js';
import { portrait } from './portrait.js';
import { PICKS } from './visit.js';
import { words } from './words.js';

/** How wide a face of the nine is shown: a third of a phone, a third of the grid of a desk. */
const SIZES = '(min-width: 600px) 240px, 31vw';

/** One of the nine: a toggle that says its rank. */
export function face(group, person, tap) {
  const badge = element('span', { class: 'badge', 'aria-hidden': 'true' });
  const button = element('button',
    { class: 'tile', 'data-testid': 'representative', 'data-group': group, onclick: () => tap(group, person.name) },
    portrait(person, SIZES, { soon: true }), badge);
  return {
    button,
    person,
    show(rank) {
      button.setAttribute('aria-pressed', rank > 0);
      button.setAttribute('aria-label', rank ? words.faces.ranked(person.name, rank) : person.name);
      badge.textContent = rank || '';
    },
  };
}

/** The five places of the ranking. */
export function tray() {
  const root = element('ol', { class: 'tray', 'aria-label': words.faces.tray });
  return {
    root,
    show(people) {
      root.replaceChildren(...Array.from({ length: PICKS }, (_, place) => slot(place, people[place])));
    },
  };
}

function slot(place, person) {
  return element('li', { class: person ? 'slot taken' : 'slot' },
    person ? portrait(person, '46px', { soon: true }) : element('span', { class: 'portrait', 'aria-hidden': 'true' }, String(place + 1)),
    element('span', { class: 'slot-name' }, person?.name ?? words.faces.empty));
}
