import { element } from './element.js';
import { portrait } from './portrait.js';
import { cosine, words } from './words.js';

/** The nine groups in the order that a photo resembles them; the first five are the ranking. */
export function resemblance({ ranking, similarities, catalogue_version }, catalogue) {
  const ours = catalogue?.catalogue_version === catalogue_version ? catalogue.representatives : [];
  const people = new Map(ours.map(({ group, person }) => [group, person]));
  const order = similarities.map((_, group) => group).sort((a, b) => similarities[b] - similarities[a]);
  return element('section', { class: 'resemblance', 'aria-labelledby': 'resemblance-heading', 'data-testid': 'resemblance' },
    element('h2', { id: 'resemblance-heading' }, words.resemblance.heading),
    element('p', { class: 'lead' }, words.resemblance.lead),
    element('ol', { class: 'groups' }, order.map((group) => {
      const person = people.get(group);
      const rank = ranking.indexOf(group) + 1;
      const shown = cosine(similarities[group]);
      const name = person?.name ?? words.resemblance.unnamed(group + 1);
      return element('li', { class: rank ? 'group ranked' : 'group' },
        person ? portrait(person, '64px') : element('span', { class: 'portrait' }),
        element('span', { class: 'group-figure', 'aria-hidden': 'true' }, shown),
        element('span', { class: 'unseen' }, words.resemblance.group(name, rank, shown)));
    })));
}
