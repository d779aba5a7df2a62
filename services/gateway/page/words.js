import { recall, keep } from './memory.js';
import { en } from './words_en.js';
import { ja } from './words_ja.js';

const languages = { en, ja };
const spoken = (language) => language && Object.hasOwn(languages, language);
const wanted = [
  new URLSearchParams(location.search).get('lang'),
  recall('language'),
  ...navigator.languages.map((tag) => tag.split('-')[0]),
];

/** The page's words: in the language of the address (`?lang=ja`), else the one chosen before, else the browser's. */
export let words = languages[wanted.find(spoken) ?? 'en'];

/** Changes the language; what is shown must be made anew. */
export function speak(language) {
  words = languages[language];
  keep('language', language);
  // An address that names another language would bring it back.
  history.replaceState(history.state, '', location.pathname + location.hash);
  tellBrowser();
}

function tellBrowser() {
  document.documentElement.lang = words.language;
  document.title = words.title;
}

tellBrowser();

const trueMinus = (text) => text.replace('-', '−');

/** The reward of one click, as short as it is exact: 0, −0.2. */
export const reward = (value) => trueMinus(String(Math.round(value * 1000) / 1000));

/** A mean of rewards, always with three decimals. */
export const meanReward = (value) => trueMinus(value.toFixed(3));

/** A cosine, with two decimals. */
export const cosine = (value) => trueMinus(value.toFixed(2));
