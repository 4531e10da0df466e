import type { QlogEvent } from './qlog-trace';

export interface QlogTraceInfo {
  title: string;
  /** Whose view of the connections this is. */
  vantagePoint: 'client' | 'server';
  /** Wall clock of time 0, in ms since 1970. */
  referenceTimeMs: number;
}

/**
 * A file that qvis and other tools read: qlog 0.3 in JSON (draft-ietf-quic-qlog-main-schema-02), written as the events come, so
 * that an hour of them needs no memory. The traces follow one another; `end` completes the file.
 */
export class QlogFileWriter {
  private state: 'empty' | 'before first event' | 'in events' | 'ended' = 'empty';

  constructor(private readonly write: (text: string) => void) {}

  beginTrace({ title, vantagePoint, referenceTimeMs }: QlogTraceInfo): void {
    const head = {
      title,
      vantage_point: { type: vantagePoint },
      common_fields: {
        protocol_type: ['QUIC'],
        time_format: 'relative',
        reference_time: referenceTimeMs,
      },
    };
    if (this.state === 'empty') this.write('{"qlog_version":"0.3","qlog_format":"JSON","traces":[\n');
    else this.write('\n]},\n');
    this.write(`${JSON.stringify(head).slice(0, -1)},"events":[\n`);
    this.state = 'before first event';
  }

  event(event: QlogEvent): void {
    if (this.state === 'ended') return;
    this.write(`${this.state === 'in events' ? ',\n' : ''}${JSON.stringify(event)}`);
    this.state = 'in events';
  }

  end(): void {
    if (this.state === 'ended') return;
    this.write(
      this.state === 'empty' ? '{"qlog_version":"0.3","qlog_format":"JSON","traces":[]}\n' : '\n]}]}\n',
    );
    this.state = 'ended';
  }
}
