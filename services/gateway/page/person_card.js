import { element } from './element.js';
import { portrait } from './portrait.js';
import { words } from './words.js';

/** Two beside each other on a phone, five on a desk. */
const SIZES = '(min-width: 740px) 190px, 46vw';

/** One of the ten: their face to choose them by, and their links, which choose them as well. */
export function personCard(person, choose) {
  const picture = portrait(person, SIZES, { soon: person.rank <= 4 });
  const mark = element('span', { class: 'earned', 'data-testid': 'chosen', hidden: true });
  const choice = element('button',
    { class: 'choose', 'data-testid': 'choose', 'aria-pressed': 'false', onclick: () => choose(person) },
    picture,
    element('span', { class: 'badge' }, element('span', { class: 'unseen' }, `${words.slate.rank} `), String(person.rank)),
    element('span', { class: 'name' }, person.name));
  const links = person.links.filter(({ url }) => leadsOut(url)).map(({ label, url }) => element('li', {},
    element('a', {
      href: url,
      target: '_blank',
      rel: 'noopener',
      referrerpolicy: 'no-referrer',
      'data-testid': 'link',
      'aria-label': words.slate.link(label, person.name),
      onclick: () => choose(person),
      onauxclick: (event) => event.button === 1 && choose(person),
    }, label)));
  const item = element('li',
    { class: 'person', 'data-testid': 'person', 'data-person': person.id, 'data-rank': person.rank },
    choice, links.length > 0 && element('ul', { class: 'links' }, links));
  item.style.setProperty('--place', person.rank - 1);
  return {
    item,
    show({ sending, earned }) {
      item.classList.toggle('sending', sending);
      item.classList.toggle('chosen', Boolean(earned));
      choice.setAttribute('aria-pressed', Boolean(earned));
      if (!earned) return mark.remove();
      mark.hidden = false;
      mark.textContent = earned;
      if (!mark.isConnected) picture.append(mark);
    },
  };
}

/** Roster links are data: only web addresses become links. */
const leadsOut = (url) => /^https?:\/\//i.test(url);
