import { h } from './dom';

/** The numbers of a live-player's `netstatus`, under the phone. */
export class Meter {
  readonly element = h('div.meter');

  constructor(private readonly bufferLabel: string) {}

  show(detail: string): void {
    const { info } = JSON.parse(detail) as { info?: Record<string, number> };
    if (!info) return;
    const cells = [
      [`${info['videoWidth'] ?? 0}×${info['videoHeight'] ?? 0}`, 'px'],
      [info['videoFPS'] ?? 0, 'fps'],
      [info['netSpeed'] ?? 0, 'kbit/s'],
      [info['videoCache'] ?? 0, this.bufferLabel],
    ];
    this.element.replaceChildren(
      ...cells.map(([value, unit]) => h('span', {}, h('b', {}, String(value)), ` ${unit}`)),
    );
  }
}
