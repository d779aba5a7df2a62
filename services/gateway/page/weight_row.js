import { element } from './element.js';
import { glow } from './glow.js';
import { words } from './words.js';

/** One weight of the policy: its bar, its figure, and how both move. */
export function weightRow(cap, place) {
  const fixed = place === 0;
  const name = `w${place + 1}`;
  const value = element('span', { class: 'weight-value' }, '–');
  const fill = element('span', { class: 'fill' });
  const tick = element('span', { class: 'tick', hidden: true });
  const meter = element('div', { class: 'meter', role: 'meter', 'aria-label': `${name}, ${words.policy.faces[place]}`,
    'aria-valuemin': 0, 'aria-valuemax': cap, 'aria-valuenow': 0 }, fill, tick);
  const row = element('li', { class: 'weight', 'data-testid': 'weight' },
    element('span', { class: 'weight-name' }, element('b', {}, name), ` ${words.policy.faces[place]}`),
    value,
    meter);
  meter.style.setProperty('--cap', cap);

  return {
    row,
    show(weight, before) {
      row.dataset.value = weight;
      meter.setAttribute('aria-valuenow', weight.toFixed(3));
      fill.style.setProperty('--value', weight / cap);
      const step = before != null && apart(before, weight);
      if (step) {
        value.replaceChildren(element('span', { class: 'before' }, `${step[0]} →`), ` ${step[1]}`);
        glow(value);
      } else {
        value.textContent = fixed ? words.policy.fixed : weight.toFixed(3);
      }
    },
    mark(weight) {
      tick.hidden = fixed || weight == null;
      if (!tick.hidden) tick.style.setProperty('--value', weight / cap);
    },
  };
}

/** Two weights with as many digits as tell them apart (three to six), or null where none do. */
function apart(before, after) {
  for (let digits = 3; digits <= 6; digits += 1) {
    const [from, to] = [before.toFixed(digits), after.toFixed(digits)];
    if (from !== to) return [from, to];
  }
  return null;
}
