import { click } from './api.js';
import { element } from './element.js';
import { problemNotice } from './notice.js';
import { personCard } from './person_card.js';
import { resemblance } from './resemblance.js';
import { shareButton } from './share.js';
import { reward as shownReward, words } from './words.js';

/** The third step: the ten people of one recommendation. The first click on one of them is what the policy learns from. */
export function resultsView(visit, { onRestart }) {
  const { result } = visit;
  const { recommendation } = result;
  const heading = element('h1', { tabindex: '-1' }, words.slate.heading);
  const messages = element('div', { class: 'messages' });
  const said = element('strong');
  const saidDetail = element('span');
  const cards = new Map(recommendation.people.map((person) => [person.rank, personCard(person, choose)]));
  const list = element('ol', { class: 'people', 'aria-label': words.slate.list }, [...cards.values()].map(({ item }) => item));
  const root = element('section', { class: 'results' },
    element('header', { class: 'intro' }, heading, element('p', { class: 'lead' }, words.slate.lead)),
    result.ranking && resemblance(recommendation, visit.catalogue),
    list,
    element('div', { class: 'bar' },
      messages,
      element('p', { class: 'said', role: 'status' }, said, saidDetail),
      element('div', { class: 'onward' },
        shareButton(result.ranked, recommendation.catalogue_version),
        element('button', { class: 'quiet', 'data-testid': 'restart', onclick: onRestart }, words.slate.restart))));

  async function choose(person) {
    if (result.chosen?.rank === person.rank) return update();
    Object.assign(result, { sending: person, problem: null, late: false });
    update();
    try {
      settle(await click(recommendation.recommendation_id, person.id), person);
    } catch (problem) {
      Object.assign(result, { problem, failed: person });
    }
    result.sending = null;
    // The step may have been made anew meanwhile, in another language.
    result.update();
  }

  /**
   * The answer names the rank of the first click, whichever click it answers.
   * @param {import('../contract/openapi').components['schemas']['ClickAnswer']} answer
   */
  function settle({ rank, reward, duplicate }, clicked) {
    const { name } = recommendation.people.find((person) => person.rank === rank);
    result.chosen ??= { name, rank, reward };
    result.late = Boolean(duplicate) && clicked.rank !== rank;
  }

  function update() {
    const { chosen, sending, problem, late } = result;
    const earned = chosen && words.slate.earned(chosen.rank, shownReward(chosen.reward));
    for (const [rank, card] of cards) card.show({ sending: sending?.rank === rank, earned: chosen?.rank === rank && earned });
    list.classList.toggle('settled', Boolean(chosen));
    root.classList.toggle('answered', Boolean(chosen || sending || problem));
    messages.replaceChildren(...(problem ? [problemNotice(problem, () => choose(result.failed))] : []));
    if (late) say(words.slate.onlyFirst, words.slate.stays(chosen.name, earned));
    else if (chosen) say(words.slate.chosen(chosen.name), earned);
    else if (sending) say(words.slate.sending, sending.name);
    else say(words.slate.prompt, words.slate.promptDetail);
  }

  function say(text, detail) {
    if (said.textContent === text && saidDetail.textContent === detail) return;
    said.textContent = text;
    saidDetail.textContent = detail;
  }

  result.update = update;
  update();
  return { root, heading, update };
}
