import { chip, facts, meter } from './controls.js';
import { element } from './element.js';
import { table } from './table.js';

const LOOK_AGAIN_MS = 400;
const SERVICES = 4;

/** How far a person's erasure is, followed until the receipt is there, which `onDone` is told → `{root, begin, resume, leave}`. */
export function erasureView(ask, person, say, onDone) {
  const root = element('div', { class: 'section', 'data-testid': 'erasure' });
  const path = `/api/v1/admin/people/${person}`;
  let again;
  let left = false;

  async function begin() {
    try {
      show(await ask(`${path}/erase`, { body: { confirm: person } }));
      say(`${person} withdrew; services are at it.`);
    } catch (problem) {
      say(problem.message, 'error');
    }
  }

  /** Shows what there is of an earlier erasure, if anything is. */
  async function resume() {
    try {
      show(await ask(`${path}/erasure`));
    } catch (problem) {
      if (problem.status !== 404) say(problem.message, 'error');
    }
  }

  async function look() {
    try {
      const erasure = await ask(`${path}/erasure`);
      show(erasure);
      if (!erasure.done) return;
      say(`Everything about ${person} is gone; the receipt is signed.`, 'done');
      onDone();
    } catch (problem) {
      if (left) return;
      say(problem.message, 'error');
      again = setTimeout(look, problem.retryAfterMs ?? LOOK_AGAIN_MS);
    }
  }

  function show(erasure) {
    if (left) return;
    const { withdrawn_at, done, answers, receipt } = erasure;
    const progress = meter('Services that have answered');
    progress.at(answers.length / SERVICES, state(erasure));
    const removed = table('What each service removed', [
      { title: 'Service', kind: 'head', cell: ({ service }) => service },
      { title: 'Removed', cell: ({ removed }) => things(removed) },
      { title: 'At', cell: ({ erased_at }) => new Date(erased_at).toLocaleString() },
    ], answers, { empty: 'No service has answered yet.' });
    root.replaceChildren(element('p', {}, `Withdrew ${new Date(withdrawn_at).toLocaleString()}.`), progress.root, removed.root,
      receipt ? receiptCard(receipt) : '');
    if (!done) again = setTimeout(look, LOOK_AGAIN_MS);
  }

  function leave() {
    left = true;
    clearTimeout(again);
  }

  return { root, begin, resume, leave };
}

function state({ done, missing, pending }) {
  if (done) return 'Every service has answered.';
  if (missing.length) return `${missing.join(', ')} ${missing.length > 1 ? 'have' : 'has'} not answered yet.`;
  if (pending.length) return `Pending on ${pending.join(', ')}: a broker that keeps copies is away, and its copies are made anew when it is back.`;
  return 'The receipt is being signed.';
}

const things = (removed) => removed.filter(({ count }) => count).map(({ what, count }) => `${count} ${what}`).join(', ') || 'nothing';

function receiptCard({ signed_at, genuine, statement, public_key, signature }) {
  const mono = (text) => element('span', { class: 'mono' }, text);
  return element('div', { class: 'receipt', 'data-testid': 'receipt' },
    element('h3', {}, 'Receipt ', genuine ? chip('signed', 'good') : chip('not signed as it says', 'bad')),
    facts([
      ['Signed', new Date(signed_at).toLocaleString()],
      ['Key', mono(public_key)],
      ['Signature', mono(signature)],
      ['Statement', mono(statement)],
    ]));
}
