import { element } from '/assets/element.js';

/** Words of the contract, with what stands between backticks as code. */
export const prose = (words) => words.split('`').map((part, place) => (place % 2 ? element('code', {}, part) : part));
