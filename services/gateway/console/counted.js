/** `n` with the word for so many: `counted(1, 'row')` → `1 row`; `counted(3, 'person', 'people')` → `3 people`. */
export const counted = (n, one, many = `${one}s`) => `${n.toLocaleString()} ${n === 1 ? one : many}`;
