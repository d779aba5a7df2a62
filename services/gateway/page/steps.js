import * as api from './api.js';
import { catalogueOf } from './catalogue.js';
import { explanationView } from './explanation.js';
import { linked } from './link.js';
import { listen } from './live.js';
import { livePolicy } from './live_policy.js';
import { selectionView } from './selection.js';
import { stepList } from './step_list.js';
import { newVisit } from './visit.js';

/** What the first two steps can do without is loaded when they are shown. */
const later = { photo: () => import('./photo.js'), results: () => import('./results.js') };

/**
 * The steps of a visit: explanation → selection (or a photo) → results. The browser's own back and forward lead
 * between them; every entry of its history carries the step and the ranking, so that a reload keeps both.
 */
export function visitSteps(stage, policyRoot, head) {
  const visit = newVisit();
  const policy = livePolicy(policyRoot, head);
  const catalogue = catalogueOf(visit, changed);
  let view = null;

  const views = {
    explanation: () => explanationView({ onBegin: () => go('selection'), onPhoto: () => go('photo') }),
    selection: () => selectionView(visit, { onRanking, onSubmit, onRetry: () => catalogue.reload(), onPhoto: () => go('photo') }),
    photo: ({ photoView }) => photoView(visit, { changed, onSlate: arrived, onFaces: () => go('selection') }),
    results: ({ resultsView }) => resultsView(visit, { onRestart }),
  };

  async function enter(step, { focus = true, shown = null } = {}) {
    visit.step = step;
    const parts = await later[step]?.();
    // Somebody was quicker, and is elsewhere already.
    if (visit.step !== step) return;
    view?.left?.();
    view = shown ?? views[step](parts);
    if (!shown) stage.replaceChildren(stepList(step), view.root);
    document.body.dataset.step = step;
    policy.beside(step === 'results' ? visit.result.recommendation : null);
    if (!focus) return;
    scrollTo(0, 0);
    view.heading.focus({ preventScroll: true });
  }

  function changed() {
    view?.update?.();
  }

  // Where one is, in the browser's history.

  function entry(step) {
    const { ranking, version } = visit.restoring ?? { ranking: visit.ranking, version: visit.catalogue?.catalogue_version };
    return { step, ranking, version, result: visit.result?.recommendation.recommendation_id };
  }

  function go(step) {
    history.pushState(entry(step), '');
    enter(step);
  }

  function replace(step) {
    history.replaceState(entry(step), '', location.pathname + location.search);
  }

  addEventListener('popstate', ({ state }) => {
    let step = state?.step ?? 'explanation';
    if (step === 'results') visit.result = visit.results.get(state.result);
    if (step === 'results' && !visit.result) replace(step = 'selection');
    enter(step);
  });

  /** A share link names a ranking, whose faces come with its catalogue. */
  function follow(link) {
    visit.restoring = { ...link, linked: true };
    replace('selection');
    return 'selection';
  }

  addEventListener('hashchange', () => {
    const link = linked(location.hash);
    if (!link) return;
    enter(follow(link));
    catalogue.reload();
  });

  function resumed() {
    const { step, ranking, version } = history.state ?? {};
    if (ranking?.length > 0) visit.restoring = { ranking, version };
    const at = step === 'results' ? 'selection' : (step ?? 'explanation');
    replace(at);
    return at;
  }

  // From five faces to ten people.

  function onRanking(ranking) {
    Object.assign(visit, { ranking, notice: null, problem: null });
    replace('selection');
    changed();
  }

  async function onSubmit() {
    if (visit.asking || visit.step !== 'selection') return;
    const { catalogue: { catalogue_version }, ranking } = visit;
    Object.assign(visit, { asking: true, problem: null });
    changed();
    try {
      const recommendation = await api.recommendation(catalogue_version, ranking);
      visit.asking = false;
      if (visit.step === 'selection') arrived(recommendation, ranking);
    } catch (problem) {
      visit.asking = false;
      if (problem.status === 409) return catalogue.reload('changed');
      visit.problem = problem;
    }
    changed();
  }

  function arrived(recommendation, ranked) {
    const { recommendation_id, ranking = null } = recommendation;
    visit.result = { recommendation, ranked, ranking, chosen: null, sending: null, problem: null };
    visit.results.set(recommendation_id, visit.result);
    go('results');
  }

  function onRestart() {
    catalogue.afresh();
    visit.photo = { state: 'choose' };
    go('selection');
  }

  // What moves by itself.

  function listenOn() {
    let connections = 0;
    listen({
      onPolicy: policy.heard,
      onCatalogue: ({ catalogue_version }) => catalogue.published(catalogue_version),
      onConnection(yes) {
        policy.connected(yes);
        if (!yes || (connections += 1) === 1) return;
        // The server is back: what was missed meanwhile, or never came.
        policy.ask();
        if (!visit.catalogue) catalogue.load();
      },
    });
  }

  return {
    go,
    /** An explanation that is `shown` already stays, and what has the focus in it. */
    async begin({ focus, shown }) {
      history.scrollRestoration = 'manual';
      const link = linked(location.hash);
      const step = link ? follow(link) : resumed();
      const entered = enter(step, shown && step === 'explanation' ? { focus: false, shown } : { focus });
      catalogue.load();
      policy.ask();
      listenOn();
      await entered;
    },
    home: () => visit.step === 'explanation' || go('explanation'),
    speak() {
      policy.speak();
      enter(visit.step, { focus: false });
    },
  };
}
