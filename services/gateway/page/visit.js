import { isRanking } from './link.js';

export const PICKS = 5;
export const FACES = 9;

/**
 * One visit: what the steps show and change. It lives outside of them, so that they can be left, entered again, and
 * made anew in another language.
 */
export function newVisit() {
  return {
    step: 'explanation',
    /** `{state: 'loading' | 'waiting'}`, `{state: 'failed', problem}` or `{state: 'there'}` with `catalogue`. */
    faces: { state: 'loading' },
    catalogue: null,
    /** Groups, best first. */
    ranking: [],
    /** Key of `words.notices`: what there is to say about the faces. */
    notice: null,
    /** A ranking to restore as soon as its catalogue is there: `{ranking, version, linked}`. */
    restoring: null,
    /** Whether ten people are being asked for, and what went wrong with that. */
    asking: false,
    problem: null,
    /** The photo step's state; see `photo.js`. */
    photo: { state: 'choose' },
    /** Results by recommendation id: `{recommendation, chosen, sending, problem}`. */
    results: new Map(),
    /** The one that is shown. */
    result: null,
  };
}

/** The ranking with `group` added at its end, or taken out so that later ranks move up. A full ranking takes no more. */
export function tapped(ranking, group) {
  if (ranking.includes(group)) return ranking.filter((other) => other !== group);
  return ranking.length < PICKS ? [...ranking, group] : ranking;
}

/** Takes in a catalogue: its faces, and the ranking that waited for them. */
export function took(visit, catalogue, notice) {
  visit.faces = { state: 'there' };
  visit.catalogue = catalogue;
  visit.ranking = [];
  visit.notice = notice;
  const { restoring } = visit;
  visit.restoring = null;
  if (!restoring) return;
  if (restoring.broken) visit.notice = 'broken';
  else if (restoring.version !== catalogue.catalogue_version) visit.notice = restoring.linked ? 'older' : 'changed';
  else if (isRanking(restoring.ranking)) {
    visit.ranking = restoring.ranking;
    if (restoring.linked) visit.notice = 'restored';
  }
}
