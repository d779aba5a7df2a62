import { element } from '/assets/element.js';
import { prose } from './prose.js';

/** The schema that `schema` refers to, and its name where it has one. */
function resolved(schema, contract) {
  const name = schema.$ref?.split('/').at(-1);
  return name ? { name, schema: contract.components.schemas[name] } : { schema };
}

/** The schemas that one value may be of, without null. */
const choices = ({ oneOf, anyOf, allOf }) => (oneOf ?? anyOf ?? allOf ?? []).filter(({ type }) => type !== 'null');

/** The type of a value in words: `integer 0 to 8`, `list of Person`, `string or null`. */
export function kindOf(schema, contract) {
  const found = resolved(schema ?? {}, contract);
  if (found.name && !['string', 'integer', 'number'].includes(found.schema.type)) return found.name;
  const { type, items, minimum, maximum, format, pattern, enum: words } = found.schema;
  if (words) return words.map((word) => JSON.stringify(word)).join(' | ');
  if (type === 'array') return `list of ${items ? kindOf(items, contract) : 'anything'}`;
  const several = choices(found.schema);
  const nullable = [...(found.schema.oneOf ?? found.schema.anyOf ?? [])].some((choice) => choice.type === 'null');
  const named = several.length ? several.map((choice) => kindOf(choice, contract)).join(' | ') : [type].flat().filter(Boolean).join(' or ');
  const range = minimum !== undefined && maximum !== undefined ? `${minimum} to ${maximum}` : minimum !== undefined ? `from ${minimum}` : '';
  return [named || 'anything', nullable && 'or null', range, ['binary', 'date-time'].includes(format) && format, pattern && `like ${pattern}`]
    .filter(Boolean).join(' ');
}

/** The fields of an object, and of what its fields refer to, folded. */
export function schemaView(schema, contract, above = []) {
  const { name, schema: found } = resolved(schema, contract);
  if (above.includes(name)) return null;
  if (found.type === 'array' && found.items) return schemaView(found.items, contract, above);
  const parts = choices(found);
  if (parts.length) return element('div', {}, parts.map((part) => schemaView(part, contract, [...above, name])));
  if (!found.properties) return null;
  return element('details', { class: 'schema' },
    element('summary', {}, name ?? 'Fields', found.description && element('span', { class: 'soft' }, prose(` ${found.description}`))),
    element('dl', { class: 'facts' }, Object.entries(found.properties).flatMap(([field, of]) => [
      element('dt', {}, element('code', {}, field), !found.required?.includes(field) && element('span', { class: 'soft' }, ' optional')),
      element('dd', {}, element('span', { class: 'kind' }, kindOf(of, contract)), prose(` ${of.description ?? ''}`),
        schemaView(of, contract, [...above, name])),
    ])));
}
