import { button, checkbox, chip, choice, confirmed, facts, field } from './controls.js';
import { element } from './element.js';
import { intervalBars, number } from './interval_bar.js';
import { patiently } from './patient.js';
import { table } from './table.js';

const POLICIES = '/api/v1/admin/policies';

/** What serves, what could, what each is worth; and the change of it. */
export const section = { id: 'policies', title: 'Policies', open };

function open(root, { ask, say }) {
  let left = false;
  const serving = element('section', { class: 'card', 'aria-labelledby': 'serving-heading' });
  const promotion = promotionForm();
  const every = table('Every policy', COLUMNS, [], { empty: 'Nothing is published yet.' });
  const values = valuesCard(ask, say, () => left);
  root.append(serving, promotion.root,
    element('section', { class: 'card', 'aria-labelledby': 'every-heading' },
      element('h2', { id: 'every-heading' }, 'Lines and candidates'), every.root),
    values.root);
  load().then(values.load);
  return () => { left = true; };

  async function load() {
    try {
      const told = await ask(POLICIES);
      if (left) return;
      serving.replaceChildren(...served(told.serving));
      promotion.offer(told);
      every.show(told.policies);
    } catch (problem) {
      if (!left) say(problem.message, 'error');
    }
  }

  function served({ policy, canary, before, changed_at: changedAt, reason }) {
    const back = canary ? `End the canary ${canary.policy}` : `Go back to ${before.at(-1) ?? 'initial'}`;
    return [
      element('h2', { id: 'serving-heading' }, 'What serves'),
      facts([
        ['Serves', element('strong', { 'data-testid': 'serving' }, policy)],
        ['Canary', canary ? element('span', { 'data-testid': 'canary' }, `${canary.policy}, ${percent(canary.share)} of the recommendations`) : 'none'],
        ['Since', changedAt ? new Date(changedAt).toLocaleString() : 'the beginning'],
        ['Why', reason || 'nothing was ever decided: the line live serves'],
        ['Before', before.length ? before.toReversed().join(', ') : 'initial'],
      ]),
      element('div', { class: 'row' },
        button(back, { class: 'danger', 'data-testid': 'rollback', onclick: () => rollBack(back) })),
    ];
  }

  async function rollBack(action) {
    const sure = await confirmed({ title: `${action}?`, detail: 'Recommendations follow within a second.', action });
    if (!sure) return;
    try {
      const { serving: now, ended } = await ask(`${POLICIES}/rollback`, { method: 'POST' });
      say(`${ended} ended; ${now} serves.`, 'done');
      await load();
    } catch (problem) {
      say(problem.message, 'error');
    }
  }

  function promotionForm() {
    const which = choice('Policy', [], { name: 'policy', 'data-testid': 'promote-policy' });
    const onTrial = checkbox('As a canary', { 'data-testid': 'promote-canary', onchange: () => { share.input.disabled = !onTrial.input.checked; } });
    const share = field('Share of the recommendations', { type: 'number', min: '0.01', max: '0.5', step: '0.01', value: '0.1', required: true, disabled: true, 'data-testid': 'promote-share' });
    const tolerance = field('Tolerance, in reward a click', { type: 'number', min: '0', max: '0.9', step: '0.005', value: '0.01', required: true });
    const force = checkbox('By force, whatever the clicks say', { 'data-testid': 'promote-force' });
    const verdict = element('p', { role: 'alert', 'data-testid': 'verdict' });
    const submit = button('Promote', { type: 'submit', class: 'primary', 'data-testid': 'promote' });

    async function promote(event) {
      event.preventDefault();
      submit.disabled = true;
      verdict.className = '';
      verdict.textContent = 'Judging by the newest clicks …';
      const body = { policy: which.input.value, tolerance: Number(tolerance.input.value), force: force.input.checked };
      if (onTrial.input.checked) body.canary = Number(share.input.value);
      try {
        const told = await ask(`${POLICIES}/promote`, { body });
        verdict.textContent = told.told ?? '';
        const makes = told.canary ? `makes ${percent(told.canary)} of the recommendations` : 'serves';
        say(`${told.policy} ${makes}.`, 'done');
        force.input.checked = false;
        await load();
      } catch (problem) {
        verdict.className = problem.status === 409 ? 'notice' : 'notice bad';
        verdict.textContent = problem.status === 409 ? `Refused: ${problem.message}.` : problem.message;
      } finally {
        submit.disabled = false;
      }
    }

    return {
      root: element('section', { class: 'card', 'aria-labelledby': 'promote-heading' },
        element('h2', { id: 'promote-heading' }, 'Promote'),
        element('p', { class: 'soft' }, 'It serves if the newest clicks show it to be no worse than what serves, within the tolerance. What earns measurably less than the initial policy is taken back by itself.'),
        element('form', { class: 'row', onsubmit: promote }, which.root, onTrial.root, share.root, tolerance.root, force.root, submit),
        verdict),
      offer({ policies, serving: { policy: now } }) {
        const chosen = which.input.value;
        which.input.replaceChildren(...policies.map(({ name }) => element('option', { value: name }, name === now ? `${name} (serves)` : name)));
        if (policies.some(({ name }) => name === chosen)) which.input.value = chosen;
      },
    };
  }
}

function valuesCard(ask, say, left) {
  const count = element('p', { class: 'soft', 'data-testid': 'judged-by' }, 'Judging …');
  const rows = element('div');
  const again = button('Judge again', { disabled: true, onclick: load });

  async function load() {
    again.disabled = true;
    try {
      const told = await patiently(ask, `${POLICIES}/values`, left);
      if (left()) return;
      count.textContent = told.clicks
        ? `By the same ${told.clicks.toLocaleString()} clicks, up to sequence ${told.last_sequence}. A pale bar has too few clicks about it to be trusted.`
        : 'There are no clicks yet to judge by.';
      const bars = intervalBars(told.values.flatMap((row) => [row.snips, row.doubly_robust].filter(Boolean)));
      rows.replaceChildren(table('Values with their intervals', valueColumns(bars), told.values).root);
    } catch (problem) {
      if (!left()) say(problem.message, 'error');
      count.textContent = problem.message;
    }
    again.disabled = false;
  }

  const root = element('section', { class: 'card', 'aria-labelledby': 'values-heading' },
    element('h2', { id: 'values-heading' }, 'Value by version'),
    count, rows, element('div', { class: 'row' }, again));
  return { root, load };
}

const percent = (share) => `${Number((100 * share).toFixed(1))} %`;

const COLUMNS = [
  { title: 'Policy', kind: 'head', cell: ({ name }) => name },
  { title: 'Kind', cell: ({ kind, ready }) => (ready ? kind : element('span', {}, kind, ' ', chip('in its shadow', 'warn'))) },
  { title: 'Learner', cell: ({ learner }) => learner },
  { title: 'Version', kind: 'number', cell: ({ version }) => version },
  { title: 'Clicks learned', kind: 'number', cell: (policy) => policy.clicks_applied.toLocaleString() },
  { title: 'Recent reward', kind: 'number', cell: (policy) => number(policy.mean_reward_recent) },
  { title: 'Leans to w2 … w5', kind: 'number', cell: ({ weights }) => weights.slice(1).map((weight) => weight.toFixed(2)).join(' · ') },
  { title: 'Published', cell: (policy) => (policy.published_at ? new Date(policy.published_at).toLocaleString() : '–') },
];

const valueColumns = (bars) => {
  const estimate = (pick) => (row) => {
    const found = pick(row);
    return found ? bars(found, row.telling ? '' : 'doubtful') : element('span', { class: 'soft' }, row.why);
  };
  return [
    { title: 'Policy', kind: 'head', cell: ({ policy }) => policy },
    { title: 'Version', kind: 'number', cell: ({ version, newest }) => (newest ? `${version}` : `${version} (earlier)`) },
    { title: 'SNIPS', kind: 'number', cell: ({ snips }) => number(snips?.value) },
    { title: '95 %', cell: estimate(({ snips }) => snips) },
    { title: 'Doubly robust', kind: 'number', cell: (row) => number(row.doubly_robust?.value) },
    { title: '95 %', cell: estimate((row) => row.doubly_robust) },
    { title: 'Effective clicks', kind: 'number', cell: (row) => (row.effective_clicks == null ? '–' : Math.round(row.effective_clicks).toLocaleString()) },
    { title: 'Own clicks', kind: 'number', cell: ({ earned }) => earned.clicks.toLocaleString() },
    { title: 'They earned', kind: 'number', cell: ({ earned }) =>
      (earned.mean_reward == null ? '–' : `${number(earned.mean_reward)} ± ${number(earned.high - earned.mean_reward)}`) },
  ];
};
