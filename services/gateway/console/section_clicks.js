import { button, choice, field } from './controls.js';
import { element } from './element.js';
import { number } from './interval_bar.js';
import { lineChart } from './line_chart.js';
import { patiently } from './patient.js';
import { svg } from './svg.js';
import { table } from './table.js';

const POLICIES = '/api/v1/admin/policies';
const FREE_WEIGHTS = [1, 2, 3, 4];
/** Points of one line: more are no wider than a pixel. */
const POINTS = 120;

/** What clicks say: how policies moved and earned, what they do where, how ranks are clicked; and the clicks themselves. */
export const section = { id: 'clicks', title: 'Clicks', open };

function open(root, { ask, say }) {
  let gone = false;
  const left = () => gone;
  const cards = [curves(), weightsByState(), calibration()];
  root.append(...cards.map((card) => card.root), downloads(ask, say).root);
  // One after another: the gateway looks at its clicks for one question at a time.
  (async () => {
    for (const card of cards) {
      if (gone) return;
      try {
        await card.load((path) => patiently(ask, path, left), left);
      } catch (problem) {
        if (!gone) card.root.append(element('p', { class: 'notice bad' }, problem.message));
      }
    }
    if (!gone) root.dataset.loaded = 'true';
  })();
  return () => { gone = true; };
}

function card(id, title, lead, ...children) {
  return element('section', { class: 'card', 'aria-labelledby': `${id}-heading` },
    element('h2', { id: `${id}-heading` }, title), element('p', { class: 'soft' }, lead), ...children);
}

function curves() {
  const drawings = element('div', { class: 'cards', 'data-testid': 'curves' });
  return {
    root: card('curves', 'Curves', 'Reward of a click, 0 at the top rank to −0.9 at the bottom, with 95 % intervals; and the weights that each line leaned to.', drawings),
    async load(ask, left) {
      const { published, earned } = await ask(`${POLICIES}/curve`);
      if (left()) return;
      const byPolicy = Map.groupBy(earned, ({ policy }) => policy);
      const rewards = [...byPolicy].map(([name, stretches]) => ({
        name,
        points: stretches.map(({ last_sequence: x, earned: { mean_reward: y, low, high } }) => ({ x, y, low, high }))
          .filter(({ y }) => y != null).sort((a, b) => a.x - b.x),
      }));
      const lines = [...Map.groupBy(published, ({ policy }) => policy)].filter(([, versions]) => versions.length > 1);
      drawings.replaceChildren(
        lineChart({ title: 'Earned', x: 'click', y: 'mean reward', series: rewards }),
        ...lines.flatMap(([name, versions]) => [
          lineChart({ title: `${name}: recent reward`, x: 'clicks learned', y: 'when published', digits: 3, series: [{
            name, points: thinned(versions).filter((v) => v.mean_reward_recent != null).map((v) => ({ x: v.clicks_applied, y: v.mean_reward_recent })),
          }] }),
          lineChart({ title: `${name}: weights`, x: 'clicks learned', y: 'w2 to w5', series: FREE_WEIGHTS.map((w) => ({
            name: `w${w + 1}`, points: thinned(versions).map(({ clicks_applied: x, weights }) => ({ x, y: weights[w] })),
          })) })]));
    },
  };
}

function thinned(points) {
  const step = Math.max(1, Math.ceil(points.length / POINTS));
  return points.filter((_, place) => place % step === 0 || place === points.length - 1);
}

function weightsByState() {
  let reload = () => {};
  const which = choice('Policy', [['', 'what serves']], { 'data-testid': 'weights-policy', onchange: () => reload() });
  const shown = element('div', { class: 'section', 'data-testid': 'weights' });
  return {
    root: card('weights', 'Weights by state', 'A state is the ten distances between five picks. All of them alike, from near to far; and each at its observed ends while the others stay in their middles.', element('div', { class: 'row' }, which.root), shown),
    async load(ask, left) {
      const { policies } = await ask(POLICIES);
      if (left()) return;
      which.input.append(...policies.map(({ name }) => element('option', { value: name }, name)));
      reload = async () => {
        try {
          const name = which.input.value;
          const told = await ask(`${POLICIES}/weights${name && `?policy=${encodeURIComponent(name)}`}`);
          if (!left() && name === which.input.value) shown.replaceChildren(...drawn(told));
        } catch (problem) {
          shown.replaceChildren(element('p', { class: 'notice bad' }, problem.message));
        }
      };
      await reload();
    },
  };

  function drawn({ policy, observed, spread, corners }) {
    const ends = ({ distance, weights }) => [distance.toFixed(2), weights.slice(1).map((weight) => weight.toFixed(3)).join(' · ')];
    return [
      lineChart({ title: policy, x: 'all ten distances', y: observed ? `over ${observed.toLocaleString()} observed states` : 'no state was observed yet',
        series: FREE_WEIGHTS.map((w) => ({ name: `w${w + 1}`, points: spread.map(({ distance, weights }) => ({ x: distance, y: weights[w] })) })) }),
      table(`Weights of ${policy} at the ends of each distance`, [
        { title: 'Distance', kind: 'head', cell: ({ name }) => name },
        { title: 'Near', kind: 'number', cell: ({ near }) => ends(near)[0] },
        { title: 'w2 … w5 there', kind: 'number', cell: ({ near }) => ends(near)[1] },
        { title: 'Far', kind: 'number', cell: ({ far }) => ends(far)[0] },
        { title: 'w2 … w5 there', kind: 'number', cell: ({ far }) => ends(far)[1] },
      ], corners).root,
    ];
  }
}

function calibration() {
  const shown = element('div', { class: 'section', 'data-testid': 'calibration' });
  return {
    root: card('calibration', 'Calibration of click ranks', 'How often each rank was clicked, beside what the scores and the chance that a place is looked at predict. The prediction is made from every second click and held against the others.', shown),
    async load(ask, left) {
      const told = await ask(`${POLICIES}/calibration`);
      if (left()) return;
      const most = Math.max(1, ...told.ranks.map(({ clicked, high }) => Math.max(clicked, high ?? 0)));
      shown.replaceChildren(
        element('p', { class: told.why ? 'notice' : 'soft' }, told.why ?? `${told.clicks.toLocaleString()} clicks; a point of score weighs ${number(told.score_weight, 2)}.`),
        table('Clicks by rank', [
          { title: 'Rank', kind: 'head', cell: ({ rank }) => rank },
          { title: 'Clicks', kind: 'number', cell: ({ clicked }) => clicked.toLocaleString() },
          { title: 'Expected', kind: 'number', cell: ({ expected, low, high }) => (expected == null ? '–' : `${expected.toFixed(0)} (${low.toFixed(0)} to ${high.toFixed(0)})`) },
          { title: 'Clicked, and expected', cell: (rank) => rankBar(rank, most) },
          { title: 'Looked at, beside the first', kind: 'number', cell: ({ examination }) => number(examination, 2) },
        ], told.ranks).root);
    },
  };
}

function rankBar({ rank, clicked, expected, low, high }, most) {
  const at = (clicks) => 260 * clicks / most;
  const off = expected != null && (clicked < low || clicked > high);
  const words = expected == null ? `rank ${rank}: ${clicked} clicks` : `rank ${rank}: ${clicked} clicks, ${expected.toFixed(0)} expected${off ? ', outside the interval' : ''}`;
  return svg('svg', { class: `rank-bar ${off ? 'off' : ''}`, viewBox: '0 0 264 16', width: 264, height: 16, role: 'img', 'aria-label': words },
    svg('rect', { class: 'clicked', x: 0, y: 3, height: 10, width: at(clicked) }),
    expected != null && svg('path', { class: 'expected', d: `M${at(low)} 8H${at(high)}M${at(expected)} 2V14` }));
}

function downloads(ask, say) {
  const from = field('From sequence', { type: 'number', min: '1', step: '1', placeholder: 'the first' });
  const to = field('To sequence', { type: 'number', min: '1', step: '1', placeholder: 'the last' });
  const kinds = [['Parquet', 'parquet'], ['JSON lines', 'jsonl']].map(([label, ending]) =>
    button(label, { 'data-testid': `download-${ending}`, onclick: (event) => take(ending, event.currentTarget) }));

  async function take(ending, pressed) {
    pressed.disabled = true;
    say('Clicks are being gathered …');
    const between = new URLSearchParams();
    if (from.input.value) between.set('from', from.input.value);
    if (to.input.value) between.set('to', to.input.value);
    try {
      const file = await ask(`/api/v1/admin/clicks.${ending}?${between}`, { as: 'blob' });
      const url = URL.createObjectURL(file);
      element('a', { href: url, download: `clicks.${ending}` }).click();
      // The browser has taken it by then.
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
      say(`clicks.${ending}: ${file.size.toLocaleString()} bytes.`, 'done');
    } catch (problem) {
      say(problem.message, 'error');
    }
    pressed.disabled = false;
  }

  return { root: card('downloads', 'Downloads', 'Recorded clicks with what was shown, for notebooks and for avzeus replay. They name nobody: people stand in them under aliases.', element('div', { class: 'row' }, from.root, to.root, kinds)) };
}
