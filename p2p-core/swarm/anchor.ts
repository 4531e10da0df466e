/**
 * Where one reading of a stream lies in another one. `undecided` with more than one place: pictures that stand still
 * and silence repeat, so it takes more of `own`; nobody may guess.
 */
export type Anchor =
  { kind: 'none' } | { kind: 'undecided'; places: number[] } | { kind: 'match'; place: number };

/**
 * Finds the places in `known` at which `own` can begin: all that both have there is equal, and one element at least.
 * Elements are whatever tells parts of a stream apart: ids of GOPs, or tags.
 * @param candidates places to look at; default all. Those of the last answer, when both have only grown since.
 */
export function findAnchor<T>(
  known: readonly T[],
  own: readonly T[],
  isEqual: (a: T, b: T) => boolean,
  candidates?: readonly number[],
): Anchor {
  const places: number[] = [];
  const fits = (place: number): boolean => {
    const overlap = Math.min(own.length, known.length - place);
    for (let i = 0; i < overlap; i++) if (!isEqual(known[place + i]!, own[i]!)) return false;
    return overlap > 0;
  };
  if (candidates) places.push(...candidates.filter(fits));
  else for (let place = 0; place < known.length; place++) if (fits(place)) places.push(place);
  if (places.length === 0) return { kind: 'none' };
  return places.length === 1 ? { kind: 'match', place: places[0]! } : { kind: 'undecided', places };
}
