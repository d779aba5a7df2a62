import { svg } from './svg.js';

const WIDTH = 220;
const HEIGHT = 18;

/**
 * Bars that share one scale, so that intervals in the rows of a table can be held against one another.
 *
 * @param {{low: number, high: number}[]} intervals all that are to be drawn
 * @returns {(interval: {value: number, low: number, high: number}, tone?: string) => SVGElement}
 */
export function intervalBars(intervals) {
  const low = Math.min(...intervals.map((interval) => interval.low));
  const high = Math.max(...intervals.map((interval) => interval.high));
  const at = (value) => 6 + (WIDTH - 12) * (high > low ? (value - low) / (high - low) : 0.5);
  return ({ value, low, high }, tone = '') => svg('svg', {
    class: `interval ${tone}`, viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT, role: 'img',
    'aria-label': `${number(value)}, 95 %: ${number(low)} to ${number(high)}`,
  },
  svg('line', { class: 'axis', x1: 0, x2: WIDTH, y1: HEIGHT / 2, y2: HEIGHT / 2 }),
  svg('rect', { x: at(low), width: Math.max(1, at(high) - at(low)), y: 5, height: HEIGHT - 10, rx: 3 }),
  svg('circle', { cx: at(value), cy: HEIGHT / 2, r: 4 }));
}

/** A reward with three digits, and a real minus. */
export const number = (value, digits = 3) => (value == null ? '–' : value.toFixed(digits).replace('-', '−'));
