import { element } from '/assets/element.js';
import { prose } from './prose.js';
import { kindOf, schemaView } from './schema.js';

/** An operation: what it does, what it takes, what it answers, and how it is called. */
export function operationView(operation, contract) {
  const { operationId, method, path, summary, description, parameters = [], requestBody, responses, security = [] } = operation;
  const id = `${operationId}-title`;
  return element('article', { id: operationId, class: 'card', 'data-testid': 'operation', 'aria-labelledby': id },
    element('h3', { id }, prose(summary)),
    element('p', { class: 'line' }, element('span', { class: `method ${method}` }, method.toUpperCase()), ' ', element('code', {}, path),
      security.length > 0 && element('span', { class: 'chip' }, 'operators: bearer token')),
    description !== `${summary}.` && description !== summary && element('p', {}, prose(description)),
    parameters.length > 0 && parametersView(parameters, contract),
    requestBody && bodyView('Body', requestBody.description, requestBody.content, contract),
    Object.entries(responses).filter(([status]) => status.startsWith('2'))
      .map(([status, { description, content }]) => bodyView(`Answer ${status}`, description, content ?? {}, contract)),
    othersView(responses),
    element('h4', {}, 'Call it'),
    (operation['x-codeSamples'] ?? []).map(({ source }) => block(source.replaceAll('http://127.0.0.1:8080', location.origin), 'call')));
}

function parametersView(parameters, contract) {
  return element('div', { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': 'Parameters' }, element('table', {},
    element('caption', {}, 'Parameters'),
    element('thead', {}, element('tr', {}, ['Name', 'In', 'Type', 'Example', 'Meaning'].map((title) => element('th', { scope: 'col' }, title)))),
    element('tbody', {}, parameters.map(({ name, in: place, required, schema, example, description = '' }) => element('tr', {},
      element('th', { scope: 'row' }, element('code', {}, name), required && element('span', { class: 'chip' }, 'required')),
      element('td', {}, place), element('td', {}, kindOf(schema, contract)),
      element('td', {}, element('code', {}, example === undefined ? '' : String(example))), element('td', {}, prose(description)))))));
}

/** What is sent or answered: each content type with its schema and an example. */
function bodyView(title, description, content, contract) {
  return element('div', { class: 'body' },
    element('h4', {}, title, description && element('span', { class: 'soft' }, prose(` ${description}`))),
    Object.entries(content).flatMap(([type, { schema, example }]) => [
      element('p', { class: 'soft' }, element('code', {}, type)),
      schema && schemaView(schema, contract),
      example !== undefined && block(typeof example === 'string' ? example : shown(example), 'example'),
    ]));
}

/** Every other answer, in a line each: their bodies are all alike. */
function othersView(responses) {
  const others = Object.entries(responses).filter(([status]) => !status.startsWith('2'));
  return element('details', {}, element('summary', {}, `Other answers: ${others.map(([status]) => status).join(', ')}`),
    element('dl', { class: 'facts' }, others.flatMap(([status, { description }]) => [element('dt', {}, status), element('dd', {}, prose(description))])));
}

/** JSON by lines, but a list of numbers or words in one. */
const shown = (value) => JSON.stringify(value, null, 2).replace(/\[[^[\]{}]*\]/g, (list) => list.replace(/\s+/g, ' '));

const block = (text, testid) => element('pre', { tabindex: '0', 'data-testid': testid }, element('code', {}, text));
