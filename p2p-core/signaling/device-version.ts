// major.minor[.patch[.build]], then perhaps a pre-release or build tag. The lengths keep every part an exact number.
const VERSION = /^[0-9]{1,2}(?:\.[0-9]{1,5}){1,3}(?:[-+][0-9A-Za-z.+-]{1,32})?$/;

/** Whether `text` has the form of a device version, e.g. `2.4.0` or `2.4.0.17-beta`. */
export function isVersionText(text: string): boolean {
  return VERSION.test(text);
}

/** Compares number by number; a missing part counts as 0, a tag does not count. Both must be version texts. */
export function isVersionAtLeast(version: string, minimum: string): boolean {
  const parts = numbersOf(version);
  const minimumParts = numbersOf(minimum);
  for (let i = 0; i < Math.max(parts.length, minimumParts.length); i++) {
    const difference = (parts[i] ?? 0) - (minimumParts[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/**
 * What may be shown of a version: its numbers. A tag may be anything, of an xp2pInfo that was pasted twice the beginning
 * of the second one, with its secret.
 */
export function shownVersion(version: string): string {
  return version.replace(/[-+].*$/, '');
}

function numbersOf(version: string): number[] {
  return shownVersion(version).split('.').map(Number);
}
