import { chip, facts } from './controls.js';
import { element } from './element.js';
import { table } from './table.js';

const LOOK_AGAIN_MS = 5000;
const TONES = { ready: 'good', waiting: 'warn', silent: 'bad' };

/** How services, broker, Redis and streams are; looked at again every few seconds. */
export const section = {
  id: 'health',
  title: 'Health',
  open(root, { ask, say }) {
    const services = table('Services', [
      { title: 'Service', kind: 'head', cell: ({ service }) => service },
      { title: 'State', cell: ({ state }) => chip(state, TONES[state]) },
      { title: 'Running', kind: 'number', cell: ({ instances }) => instances.length },
      { title: 'Since', cell: ({ instances }) => instances.map(({ started_at }) => new Date(started_at).toLocaleString()).join(', ') },
      { title: 'How', cell: ({ instances }) => instances.flatMap(({ facts }) => facts.map(({ name, value }) => `${name} ${value}`)).join('; ') },
      { title: 'Waits for', cell: ({ instances }) => instances.flatMap(({ waits_for }) => waits_for.map(({ condition, why }) => `${condition}: ${why}`)).join('; ') },
    ]);
    const streams = table('Streams', [
      { title: 'Stream', kind: 'head', cell: ({ stream }) => element('span', { class: 'mono' }, stream) },
      { title: 'Messages', kind: 'number', cell: ({ messages }) => messages.toLocaleString() },
      { title: 'Size', kind: 'number', cell: ({ bytes }) => size(bytes) },
      { title: 'Waiting, by worker', cell: ({ backlogs }) => backlogs.map(backlog) },
    ], [], { empty: 'The broker does not tell.' });
    const about = element('div', { class: 'card' });
    let again;
    let left = false;

    async function look() {
      try {
        const health = await ask('/api/v1/admin/health');
        if (left) return;
        services.show(health.services);
        streams.show(health.streams);
        about.replaceChildren(state(health));
        say('');
      } catch (problem) {
        if (!left) say(problem.message, 'error');
      }
      if (!left) again = setTimeout(look, LOOK_AGAIN_MS);
    }

    services.root.dataset.testid = 'services';
    streams.root.dataset.testid = 'streams';
    root.append(about, element('h2', {}, 'Services'), services.root, element('h2', {}, 'Streams'), streams.root);
    look();
    return () => {
      left = true;
      clearTimeout(again);
    };
  },
};

function state({ broker, redis, catalogue, published_at, policy, clicks_behind }) {
  const reached = ({ reached, why }) => (reached ? chip('reached', 'good') : element('span', {}, chip('away', 'bad'), ` ${why}`));
  return facts([
    ['Broker', reached(broker)],
    ['Redis', reached(redis)],
    ['Catalogue', catalogue ? `${catalogue.catalogue_version}, ${catalogue.people} people` : 'none is served'],
    ['Published', published_at ? new Date(published_at).toLocaleString() : 'never'],
    ['Policy', `${policy.policy}, version ${policy.version}, ${policy.clicks_applied} clicks`],
    ['Last learned', policy.updated_at ? new Date(policy.updated_at).toLocaleString() : 'never'],
    ['Clicks behind', String(clicks_behind)],
  ]);
}

function backlog({ durable, waiting, in_hand, repeated }) {
  const tone = repeated ? 'warn' : waiting ? '' : 'good';
  const words = [`${durable}: ${waiting}`, in_hand && `${in_hand} in hand`, repeated && `${repeated} again`];
  return chip(words.filter(Boolean).join(', '), tone);
}

function size(bytes) {
  const units = ['B', 'kB', 'MB', 'GB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${(bytes / 1000 ** power).toLocaleString(undefined, { maximumFractionDigits: 1 })} ${units[power]}`;
}
