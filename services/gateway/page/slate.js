import { click } from './api.js';
import { element } from './element.js';
import { notice } from './notice.js';
import { portrait } from './portrait.js';
import { reward as shownReward, words } from './words.js';

/** The second step: the ten people of one recommendation. The first click on one of them is what the policy learns from. */
export function slateView(recommendation, { onRestart }) {
  let chosen = null;

  const heading = element('h1', { tabindex: '-1' }, words.slate.heading);
  const messages = element('div', { class: 'messages' });
  const said = element('strong', {}, words.slate.prompt);
  const saidDetail = element('span', {}, words.slate.promptDetail);
  const cards = new Map(recommendation.people.map((person) => [person.rank, card(person, choose)]));
  const list = element('ol', { class: 'people' }, [...cards.values()].map(({ item }) => item));
  const root = element('section', { class: 'slate' },
    element('header', { class: 'intro' }, heading, element('p', { class: 'lead' }, words.slate.lead)),
    list,
    element('div', { class: 'bar' },
      messages,
      element('p', { class: 'said', role: 'status' }, said, saidDetail),
      element('button', { type: 'button', class: 'quiet', 'data-testid': 'restart', onclick: onRestart }, words.slate.restart)));

  async function choose(person) {
    if (chosen?.rank === person.rank) return tell(chosen);
    const { item } = cards.get(person.rank);
    messages.replaceChildren();
    item.classList.add('sending');
    root.classList.add('answered');
    if (!chosen) say(words.slate.sending, person.name);
    try {
      settle(await click(recommendation.recommendation_id, person.id), person);
    } catch ({ title, detail }) {
      messages.replaceChildren(notice({ title, detail, action: { label: words.problem.retry, run: () => choose(person) } }));
      if (!chosen) say(words.slate.prompt, words.slate.promptDetail);
    } finally {
      item.classList.remove('sending');
    }
  }

  /** The answer names the rank of the first click, whichever click it answers. */
  function settle({ rank, reward, duplicate }, clicked) {
    if (!chosen) {
      const { item, choice, picture, person } = cards.get(rank);
      chosen = { name: person.name, rank, earned: words.slate.earned(rank, shownReward(reward)) };
      item.classList.add('chosen');
      list.classList.add('settled');
      choice.setAttribute('aria-pressed', 'true');
      picture.append(element('span', { class: 'earned', 'data-testid': 'chosen' }, chosen.earned));
    }
    if (duplicate && clicked.rank !== rank) say(words.slate.onlyFirst, words.slate.stays(chosen.name, chosen.earned));
    else tell(chosen);
  }

  const tell = ({ name, earned }) => say(words.slate.chosen(name), earned);

  function say(text, detail) {
    said.textContent = text;
    saidDetail.textContent = detail;
  }

  return { root, heading, recommendation };
}

function card(person, choose) {
  const picture = portrait(person);
  const choice = element('button',
    { type: 'button', class: 'choose', 'data-testid': 'choose', 'aria-pressed': 'false', onclick: () => choose(person) },
    picture,
    element('span', { class: 'badge' }, element('span', { class: 'unseen' }, `${words.slate.rank} `), String(person.rank)),
    element('span', { class: 'name' }, person.name));
  const links = person.links.filter(({ url }) => leadsOut(url)).map(({ label, url }) => element('li', {},
    element('a', {
      href: url,
      target: '_blank',
      rel: 'noopener',
      referrerpolicy: 'no-referrer',
      'aria-label': words.slate.link(label, person.name),
      onclick: () => choose(person),
      onauxclick: (event) => event.button === 1 && choose(person),
    }, label)));
  const item = element('li',
    { class: 'person', 'data-testid': 'person', 'data-person': person.id, 'data-rank': person.rank },
    choice, links.length > 0 && element('ul', { class: 'links' }, links));
  item.style.setProperty('--place', person.rank - 1);
  return { item, choice, picture, person };
}

/** Roster links are data: only web addresses become links. */
const leadsOut = (url) => /^https?:\/\//i.test(url);
