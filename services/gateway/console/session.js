const KEPT = 'avzeus-operator-token';

/** The token that was kept for this tab, if any. */
export const kept = () => sessionStorage.getItem(KEPT);

/** Keeps the token until the tab is closed. */
export const keep = (token) => sessionStorage.setItem(KEPT, token);

/** Keeps it no longer. */
export const forget = () => sessionStorage.removeItem(KEPT);
