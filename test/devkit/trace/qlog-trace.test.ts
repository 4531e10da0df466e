import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { QlogFileWriter } from '../../../devkit/trace/qlog-file';
import { traceTransports } from '../../../devkit/trace/qlog-trace';
import type { QlogEvent } from '../../../devkit/trace/qlog-trace';
import { createTransport } from '../../../p2p-core/transport/transport';
import type { Transport } from '../../../p2p-core/transport/types';
import { runCoreWorld } from '../../sim/core-world';
import { nullOpener, nullSealer } from '../../sim/null-aead';
import { PRESET_NAMES } from '../../sim/presets';
import { WorldTraces } from '../../sim/sweep';
import { runTransportWorld } from '../../sim/transport-world';
import type { Side } from '../../sim/world';
import { checkQlog } from '../../support/qlog-check';
import type { QlogFileEvent, QlogFileTrace } from '../../support/qlog-check';

interface Frame {
  frame_type: string;
  acked_ranges: [number, number][];
}
interface Packet {
  header: { packet_number: number };
  raw: { length: number };
  frames: Frame[];
}

const SEED = 11;

/** Runs a world with traces, and keeps its transports for their stats. */
function tracedWorld(preset: (typeof PRESET_NAMES)[number]) {
  const traces = new WorldTraces();
  const transports = {} as Record<Side, Transport>;
  const result = runTransportWorld({
    preset,
    seed: SEED,
    createTransport: (side) => (options, handler, nowMs) =>
      (transports[side] = traces.createTransport(side)(options, handler, nowMs)),
  });
  return { traces, transports, result };
}

const named = (trace: QlogFileTrace, name: string): QlogFileEvent[] =>
  trace.events.filter((event) => event.name === name);

const bytesOf = (events: QlogFileEvent[]): number =>
  events.reduce((sum, { data }) => sum + (data as unknown as Packet).raw.length, 0);

/** Replays a trace: each time it tells the bytes in flight, they must be what its packets say. Returns how often. */
function checkBytesInFlight(trace: QlogFileTrace): number {
  const inFlight = new Map<number, number>();
  let checks = 0;
  for (const { name, data, time } of trace.events) {
    const { header, raw, frames } = data as unknown as Packet;
    if (name === 'transport:packet_sent') {
      const isEliciting = frames.some((frame) => !['ack', 'connection_close'].includes(frame.frame_type));
      if (isEliciting) inFlight.set(header.packet_number, raw.length);
    } else if (name === 'transport:packet_received') {
      const ranges = frames.flatMap((frame) => frame.acked_ranges ?? []);
      for (const packet of inFlight.keys()) {
        if (ranges.some(([low, high]) => low <= packet && packet <= high)) inFlight.delete(packet);
      }
    } else if (name === 'recovery:packet_lost') {
      assert.ok(inFlight.delete(header.packet_number), `packet ${header.packet_number} was not in flight`);
    } else if (name === 'recovery:metrics_updated' && 'bytes_in_flight' in data) {
      const sum = [...inFlight.values()].reduce((total, size) => total + size, 0);
      assert.equal(data['bytes_in_flight'], sum, `at ${time} ms`);
      checks++;
    }
  }
  return checks;
}

describe('a qlog trace', () => {
  for (const preset of PRESET_NAMES) {
    test(`of a world over ${preset} is valid and counts what the transports count`, () => {
      const { traces, transports } = tracedWorld(preset);
      const file = checkQlog(traces.toFile(preset));
      assert.deepEqual(
        file.traces.map((trace) => trace.vantage_point.type),
        ['client', 'server'],
      );
      for (const trace of file.traces) {
        const stats = transports[trace.vantage_point.type as Side].stats();
        const sent = named(trace, 'transport:packet_sent');
        const received = named(trace, 'transport:packet_received');
        const dropped = named(trace, 'transport:packet_dropped');
        const duplicates = dropped.filter(({ data }) => data['trigger'] === 'duplicate');
        assert.deepEqual(
          {
            packetsSent: sent.length,
            bytesSent: bytesOf(sent),
            packetsReceived: received.length,
            bytesReceived: bytesOf(received),
            packetsDuplicate: duplicates.length,
            packetsRejected: dropped.length - duplicates.length,
            packetsLost: named(trace, 'recovery:packet_lost').length,
            probeTimeouts: named(trace, 'recovery:loss_timer_updated').length,
          },
          {
            packetsSent: stats.packetsSent,
            bytesSent: stats.bytesSent,
            packetsReceived: stats.packetsReceived,
            bytesReceived: stats.bytesReceived,
            packetsDuplicate: stats.packetsDuplicate,
            packetsRejected: stats.packetsRejected,
            packetsLost: stats.packetsLost,
            probeTimeouts: stats.probeTimeouts,
          },
        );
        checkBytesInFlight(trace);
        assert.equal(named(trace, 'connectivity:connection_closed').length, 1);
        const metrics = Object.assign(
          {},
          ...named(trace, 'recovery:metrics_updated').map(({ data }) => data),
        );
        assert.equal(metrics.smoothed_rtt, stats.smoothedRttMs);
        assert.equal(metrics.congestion_window, stats.congestionWindowBytes);
      }
    });
  }

  test('names the packets that were lost: what remains is what is in flight, at every moment', () => {
    const { traces, transports } = tracedWorld('lossy');
    const [, server] = checkQlog(traces.toFile('lossy')).traces;
    assert.ok(transports.server.stats().packetsLost > 10);
    assert.ok(checkBytesInFlight(server!) > 100);
  });

  test('changes nothing about what it looks at', () => {
    assert.deepEqual(tracedWorld('lte').result, runTransportWorld({ preset: 'lte', seed: SEED }));
  });

  test('of sessions in the whole core tells them apart', async () => {
    const traces = new WorldTraces();
    await runCoreWorld({ preset: 'rebinding', seed: 1, createTransport: traces.createTransport });
    const [trace] = checkQlog(traces.toFile('rebinding')).traces;
    assert.ok(named(trace!, 'transport:packet_received').length > 100);
    const groups = new Set(trace!.events.map((event) => event.group_id));
    assert.deepEqual(
      [...groups],
      Array.from(groups, (_, i) => String(i + 1)),
    );
  });

  test('tells refused datagrams apart', () => {
    const events: QlogEvent[] = [];
    const handler = {
      onStreamOpened() {},
      onStreamData() {},
      onStreamEnd() {},
      onStreamReset() {},
      onStreamStopped() {},
      onWritable() {},
      onClosed() {},
    };
    const factory = traceTransports(createTransport, (event) => events.push(event));
    const keys = { sealer: nullSealer, opener: nullOpener };
    const sender = createTransport({ role: 'client', remoteConnectionId: 1, ...keys }, handler, 0);
    const receiver = factory({ role: 'server', remoteConnectionId: 2, ...keys }, handler, 0);
    const buffer = new Uint8Array(1500);
    sender.ping();
    const datagram = buffer.subarray(0, sender.poll(0, buffer));
    const bent = datagram.slice();
    bent[bent.length - 1]! ^= 1;
    receiver.receive(bent, 1);
    receiver.receive(datagram.slice(), 2);
    receiver.receive(datagram.slice(), 3);
    receiver.receive(datagram.slice(0, 9), 4);
    assert.deepEqual(
      events
        .filter(({ name }) => name.startsWith('transport:'))
        .map(({ time, data }) => [time, (data as { trigger?: string }).trigger]),
      [
        [1, 'payload_decrypt_error'],
        [2, undefined],
        [3, 'duplicate'],
        [4, 'header_parse_error'],
      ],
    );
  });

  test('is a whole file wherever it ends', () => {
    const written = (use: (writer: QlogFileWriter) => void): string => {
      let text = '';
      const writer = new QlogFileWriter((part) => (text += part));
      use(writer);
      writer.end();
      return text;
    };
    const info = { title: 'a "title"', vantagePoint: 'client', referenceTimeMs: 5 } as const;
    const data = { event_type: 'expired', timer_type: 'pto' };
    const event = { time: 1, name: 'recovery:loss_timer_updated', group_id: '1', data };
    assert.deepEqual(checkQlog(written(() => undefined)).traces, []);
    assert.deepEqual(checkQlog(written((writer) => writer.beginTrace(info))).traces[0]!.events, []);
    const two = checkQlog(
      written((writer) => {
        writer.beginTrace(info);
        writer.event(event);
        writer.event(event);
        writer.beginTrace(info);
        writer.end();
        writer.event(event);
      }),
    );
    assert.deepEqual(
      two.traces.map((trace) => [trace.title, trace.events.length]),
      [
        ['a "title"', 2],
        ['a "title"', 0],
      ],
    );
  });
});
