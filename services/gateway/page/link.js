const GROUPS = 9;
const PICKS = 5;

/** The address that restores a ranking of the catalogue called `version`. */
export function linkTo(ranking, version) {
  return `${location.origin}${location.pathname}#ranking=${ranking.join('-')}&catalogue=${encodeURIComponent(version)}`;
}

/** → `{ranking, version}` of a share link's fragment, `{broken: true}` of a wrong one, or null where there is none. */
export function linked(fragment) {
  const fields = new URLSearchParams(fragment.replace(/^#/, ''));
  if (!fields.has('ranking')) return null;
  const ranking = fields.get('ranking').split('-').map(Number);
  const version = fields.get('catalogue');
  return version && isRanking(ranking, PICKS) ? { ranking, version } : { broken: true };
}

/** Whether these are distinct groups, `least` to five of them. */
export function isRanking(ranking, least = 0) {
  return Array.isArray(ranking) && ranking.length >= least && ranking.length <= PICKS
    && new Set(ranking).size === ranking.length
    && ranking.every((group) => Number.isInteger(group) && group >= 0 && group < GROUPS);
}
