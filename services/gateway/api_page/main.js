import { element } from '/assets/element.js';
import { operationView } from './operation.js';
import { prose } from './prose.js';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

const about = document.getElementById('about');
const content = document.getElementById('content');
const navigation = document.getElementById('operations');

/** Every operation of the contract with its tag, path and method, in the order of paths. */
const operations = ({ paths }) => Object.entries(paths).flatMap(([path, item]) =>
  METHODS.filter((method) => item[method]).map((method) => ({ ...item[method], path, method })));

function show(contract) {
  about.replaceChildren(...prose(contract.info.description));
  const all = operations(contract);
  for (const { name, description } of contract.tags) {
    const tagged = all.filter(({ tags }) => tags.includes(name));
    const id = `tag-${name.toLowerCase().replaceAll(' ', '-')}`;
    navigation.append(element('h2', {}, element('a', { href: `#${id}` }, name)),
      element('ul', {}, tagged.map(({ operationId, method, summary }) =>
        element('li', {}, element('a', { href: `#${operationId}` }, element('span', { class: `method ${method}` }, method.toUpperCase()), ...prose(` ${summary}`))))));
    content.append(element('section', { id, 'data-testid': 'tag', 'aria-label': name },
      element('h2', {}, name), element('p', { class: 'soft' }, prose(description)),
      tagged.map((operation) => operationView(operation, contract))));
  }
  // What the address names was not there yet when the browser looked for it.
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

try {
  const answer = await fetch('/api/openapi.json');
  if (!answer.ok) throw new Error(`the gateway answers ${answer.status}`);
  show(await answer.json());
} catch (error) {
  about.replaceChildren(`The contract cannot be shown: ${error.message}. Load this page again in a moment.`);
}
