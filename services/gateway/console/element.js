export { element } from '/assets/element.js';
