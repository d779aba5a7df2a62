const PREFIX = 'avzeus.';

/** What this browser kept under `key`, or null; also null where storage is refused. */
export function recall(key) {
  try {
    return localStorage.getItem(PREFIX + key);
  } catch {
    return null;
  }
}

/** Keeps a word between visits; where storage is refused it lasts as long as the page. */
export function keep(key, value) {
  try {
    localStorage.setItem(PREFIX + key, value);
  } catch {
    // Asked again on the next visit.
  }
}
