// What the page shows now: the addresses of its results in order, and what tells why there might be none.
const [selector, attribute, longest] = arguments;
const results = [...document.querySelectorAll(selector)];
const written = results.map((result) => result.getAttribute(attribute)).filter((value) => value);
const whole = (value) => URL.canParse(value, document.baseURI) ? new URL(value, document.baseURI).href : value;
// What is longer holds a picture rather than an address of one: it stays here.
const short = (address) => (address.length <= longest ? address : "");
const [navigation] = performance.getEntriesByType("navigation");
return {
  matches: results.length,
  addresses: written.map(whole).map(short),
  title: document.title,
  others: document.images.length + document.links.length,
  status: navigation?.responseStatus ?? 0,
};
