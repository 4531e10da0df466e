/**
 * A time zone in which it is noon: simulated cameras have recorded in the last hours, and where those were yesterday, the day
 * that a page shows first has little in it or nothing.
 */
function noonZone(): string {
  const eastHours = 12 - new Date().getUTCHours();
  // POSIX counts to the west.
  return `Etc/GMT${eastHours > 0 ? '-' : '+'}${Math.abs(eastHours)}`;
}

/** Makes it noon in this process, whatever the hour, and returns the name of the time zone for others. */
export function makeItNoon(): string {
  const zone = noonZone();
  process.env['TZ'] = zone;
  return zone;
}
