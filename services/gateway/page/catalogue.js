import * as api from './api.js';
import { took } from './visit.js';

const ASK_AGAIN_MS = 3000;

/** Keeps the visit's nine faces: fetches them, waits for a catalogue that is being prepared, hears of new ones. */
export function catalogueOf(visit, changed) {
  let asking = 0;
  let askAgain;
  let newest = null;

  async function load(notice = null) {
    const mine = (asking += 1);
    clearTimeout(askAgain);
    try {
      const catalogue = await api.representatives();
      // A ranking begun while the answer was on its way stays.
      if (mine !== asking || (visit.catalogue && visit.ranking.length > 0)) return;
      took(visit, catalogue, notice);
    } catch (problem) {
      if (mine !== asking) return;
      const soon = problem.status === 503 || problem.status === 429;
      visit.faces = problem.status === 503 ? { state: 'waiting' } : { state: 'failed', problem };
      if (soon) askAgain = setTimeout(load, problem.retryAfterMs ?? ASK_AGAIN_MS, notice);
    }
    changed();
  }

  /** Skeletons, then the faces of now. */
  function reload(notice = null) {
    Object.assign(visit, { faces: { state: 'loading' }, catalogue: null, ranking: [], notice: null });
    changed();
    return load(notice);
  }

  return {
    load,
    reload,
    /** A catalogue was published. Nobody's half-made ranking is taken away: it is served from, or answered with 409. */
    published(version) {
      newest = version;
      if (version === visit.catalogue?.catalogue_version || visit.ranking.length > 0) return;
      // Only who was looking at the faces before is told that these are others.
      load(visit.catalogue && visit.step === 'selection' ? 'renewed' : null);
    },
    /** Nothing ranked, and the newest faces. */
    afresh() {
      Object.assign(visit, { ranking: [], notice: null, problem: null });
      if (newest && visit.catalogue && newest !== visit.catalogue.catalogue_version) reload();
    },
  };
}
