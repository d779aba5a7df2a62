import { element } from './element.js';
import { glow } from './glow.js';
import { weightRow } from './weight_row.js';
import { meanReward, words } from './words.js';

/** Upper ends of the five weights; the first is fixed. */
const CAPS = [1, 0.9, 0.7, 0.5, 0.3];

/** The panel that shows the policy as it moves, and beside it the weights that chose the slate on screen; made anew, in the language of now. */
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
  root.replaceChildren(
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
