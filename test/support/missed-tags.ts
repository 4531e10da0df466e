import assert from 'node:assert/strict';

/** How many of `all` are missing in `some`, which has nothing else and is in the same order; its last ones may be newer. */
export function missedOf(all: readonly string[], some: readonly string[]): number {
  const firstAt = all.indexOf(some[0]!);
  assert.ok(firstAt >= 0, 'nothing in common');
  let at = firstAt;
  let known = 0;
  for (const tag of some) {
    const found = all.indexOf(tag, at);
    if (found < 0) break;
    at = found + 1;
    known++;
  }
  const newer = some.length - known;
  assert.ok(newer < 30, `tag ${known} of ${some.length} is none of the stream's, or came before`);
  return at - firstAt - known;
}
