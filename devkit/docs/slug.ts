/** Anchors of headings, as GitHub makes them: a second heading of the same words gets `-1`. One instance for each document. */
export class Slugs {
  private readonly counts = new Map<string, number>();

  next(heading: string): string {
    const base = heading
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
      .replaceAll(' ', '-');
    const count = this.counts.get(base) ?? 0;
    this.counts.set(base, count + 1);
    return count === 0 ? base : `${base}-${count}`;
  }
}
