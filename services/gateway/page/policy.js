import { element } from './element.js';
import { meanReward, words } from './words.js';

/** Upper ends of the five weights; the first is fixed. */
const CAPS = [1, 0.9, 0.7, 0.5, 0.3];
const CALM = matchMedia('(prefers-reduced-motion: reduce)');

/** The panel that shows the policy as it moves, and beside it the weights that chose the slate on screen. */
export function policyPanel(root) {
  let current = null;

  const connection = element('span', { class: 'connection' }, words.policy.reconnecting);
  const version = element('dd', { 'data-testid': 'policy-version' }, '–');
  const clicks = element('dd', { 'data-testid': 'policy-clicks' }, '–');
  const reward = element('dd', {}, '–');
  const rows = CAPS.map(weightRow);
  const legend = element('p', { class: 'legend', hidden: true });
  const footnote = element('p', { class: 'footnote' }, words.policy.unknown);

  root.setAttribute('aria-labelledby', 'policy-heading');
  root.append(
    element('header', {},
      element('h2', { id: 'policy-heading', tabindex: '-1' }, words.policy.heading), connection),
    element('p', { class: 'lead' }, words.policy.lead),
    element('dl', { class: 'figures' },
      element('div', {}, element('dt', {}, words.policy.version), version),
      element('div', {}, element('dt', {}, words.policy.clicks), clicks),
      element('div', {}, element('dt', {}, words.policy.reward), reward)),
    element('ol', { class: 'weights' }, rows.map(({ row }) => row)),
    legend,
    footnote);

  return {
    show(policy) {
      version.textContent = policy.version;
      clicks.textContent = policy.clicks_applied;
      reward.textContent = policy.mean_reward_recent == null ? '–' : meanReward(policy.mean_reward_recent);
      const at = new Date(policy.updated_at);
      footnote.textContent = Number.isNaN(at.getTime()) ? ''
        : words.policy.updated(at.toLocaleTimeString(words.language), policy.learner);
      if (policy.version !== current?.version) {
        policy.weights.forEach((weight, place) => rows[place].show(weight, current?.weights[place]));
        if (current) [version, clicks].forEach(glow);
      }
      current = policy;
    },
    connected(yes) {
      connection.textContent = yes ? words.policy.live : words.policy.reconnecting;
      connection.classList.toggle('on', yes);
    },
    /** Marks the weights that chose a slate on the bars; with null, takes the marks away. */
    mark(recommendation) {
      rows.forEach((row, place) => row.mark(recommendation?.weights[place]));
      legend.hidden = !recommendation;
      if (!recommendation) return;
      legend.replaceChildren(
        element('span', { class: 'tick', 'aria-hidden': 'true' }),
        element('span', {}, words.policy.slate(recommendation.policy_version)),
        element('span', { class: 'numbers' }, recommendation.weights.map((weight) => weight.toFixed(2)).join(' · ')));
    },
  };
}

function weightRow(cap, place) {
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

/** Lights a figure up for a moment, where movement is welcome. */
export function glow(node) {
  if (!CALM.matches) node.animate({ backgroundColor: ['var(--glow)', 'transparent'] }, { duration: 1600, easing: 'ease-out' });
}
