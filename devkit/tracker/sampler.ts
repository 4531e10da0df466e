/** A set from which a member can be drawn at random; everything takes constant time. */
export class Sampler<T> {
  private readonly items: T[] = [];
  private readonly places = new Map<T, number>();

  get size(): number {
    return this.items.length;
  }

  has(item: T): boolean {
    return this.places.has(item);
  }

  /** Adds or removes. */
  set(item: T, isMember: boolean): void {
    const place = this.places.get(item);
    if (isMember === (place !== undefined)) return;
    if (place === undefined) {
      this.places.set(item, this.items.length);
      this.items.push(item);
      return;
    }
    const last = this.items.pop()!;
    this.places.delete(item);
    if (last === item) return;
    this.items[place] = last;
    this.places.set(last, place);
  }

  /** `random` gives numbers in [0, 1). */
  draw(random: () => number): T | undefined {
    return this.items[Math.floor(random() * this.items.length)];
  }

  /** All members where they are not more than `most`, else about as many; in any order. */
  drawSome(most: number, random: () => number): T[] {
    if (this.items.length > most) {
      const drawn = new Set<T>();
      for (let i = 0; i < most; i++) drawn.add(this.draw(random)!);
      return [...drawn];
    }
    const from = Math.floor(random() * this.items.length);
    return [...this.items.slice(from), ...this.items.slice(0, from)];
  }
}
