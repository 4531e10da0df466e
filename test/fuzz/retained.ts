/** What V8 needs beside the content, roughly: enough to see growth and to notice many small things. */
const OBJECT_BYTES = 32;
const SLOT_BYTES = 8;
const MAP_ENTRY_BYTES = 40;
const BUFFER_BYTES = 96;
const VIEW_BYTES = 96;

/**
 * About how many bytes hang on `root`: objects, arrays, maps, strings, and each ArrayBuffer once. Functions are not
 * followed, so a callback does not drag its world in; nor are objects in `except`.
 */
export function retainedBytes(root: unknown, except: readonly unknown[] = []): number {
  const seen = new Set<unknown>(except);
  const waiting: unknown[] = [];
  let total = 0;
  const visit = (value: unknown): void => {
    if (typeof value === 'string') total += 16 + value.length;
    else if (typeof value === 'object' && value !== null && !seen.has(value)) {
      seen.add(value);
      waiting.push(value);
    }
  };
  visit(root);
  while (waiting.length > 0) {
    const value = waiting.pop() as object;
    if (ArrayBuffer.isView(value)) {
      total += VIEW_BYTES;
      if (seen.has(value.buffer)) continue;
      seen.add(value.buffer);
      total += BUFFER_BYTES + value.buffer.byteLength;
    } else if (value instanceof Map || value instanceof Set) {
      total += OBJECT_BYTES + value.size * MAP_ENTRY_BYTES;
      for (const [key, item] of value.entries()) {
        visit(key);
        visit(item);
      }
    } else {
      const items: unknown[] = Object.values(value);
      total += OBJECT_BYTES + items.length * SLOT_BYTES;
      for (const item of items) visit(item);
    }
  }
  return total;
}
