import assert from 'node:assert/strict';

/** A qlog file as far as a check looks at it. */
export interface QlogFile {
  qlog_version: string;
  qlog_format: string;
  traces: QlogFileTrace[];
}

export interface QlogFileTrace {
  title: string;
  vantage_point: { type: string };
  common_fields: Record<string, unknown>;
  events: QlogFileEvent[];
}

export interface QlogFileEvent {
  time: number;
  name: string;
  group_id: string;
  data: Record<string, unknown>;
}

type Shape = Record<string, Check>;
type Check = (value: unknown) => void;

const number: Check = (value) =>
  assert.ok(Number.isFinite(value) && (value as number) >= 0, `a number: ${value}`);
const oneOf =
  (...values: unknown[]): Check =>
  (value) =>
    assert.ok(values.includes(value), `${value} is none of ${values.join(', ')}`);
const object =
  (required: Shape, optional: Shape = {}): Check =>
  (value) =>
    checkObject(value, required, optional);
const list =
  (check: Check): Check =>
  (value) => {
    assert.ok(Array.isArray(value), 'a list');
    value.forEach(check);
  };

/** Fields and types as draft-ietf-quic-qlog-quic-events-02 has them, of what we write. Nothing else may be there. */
const FRAMES: Record<string, [Shape, Shape?]> = {
  ping: [{}],
  immediate_ack: [{}],
  ack: [{ ack_delay: number, acked_ranges: list(checkRange) }],
  stream: [{ stream_id: number, offset: number, length: number }, { fin: oneOf(true) }],
  reset_stream: [{ stream_id: number, error_code: number, final_size: number }],
  stop_sending: [{ stream_id: number, error_code: number }],
  max_data: [{ maximum: number }],
  max_stream_data: [{ stream_id: number, maximum: number }],
  max_streams: [{ stream_type: oneOf('bidirectional'), maximum: number }],
  connection_close: [{ error_space: oneOf('transport', 'application'), error_code: number }],
  unknown: [{}, { raw_frame_type: number }],
};
const header = object({ packet_type: oneOf('1RTT'), packet_number: number });
const packet: Shape = {
  header,
  raw: object({ length: number, payload_length: number }),
  frames: list(checkFrame),
};
const triggers = oneOf('duplicate', 'payload_decrypt_error', 'header_parse_error');
const metrics: Shape = {
  min_rtt: number,
  smoothed_rtt: number,
  congestion_window: number,
  bytes_in_flight: number,
  pacing_rate: number,
  retransmitted_bytes: number,
  spurious_losses: number,
};
const EVENTS: Record<string, [Shape, Shape?]> = {
  'transport:packet_sent': [packet],
  'transport:packet_received': [packet],
  'transport:packet_dropped': [{ raw: object({ length: number }), trigger: triggers }],
  'recovery:packet_lost': [{ header }],
  'recovery:loss_timer_updated': [{ event_type: oneOf('expired'), timer_type: oneOf('pto') }],
  'recovery:metrics_updated': [{}, metrics],
  'connectivity:connection_closed': [
    { owner: oneOf('local', 'remote'), trigger: oneOf('idle_timeout', 'error', 'application') },
    { connection_code: number, application_code: number },
  ],
};

function checkObject(value: unknown, required: Shape, optional: Shape): void {
  assert.ok(typeof value === 'object' && value !== null, 'an object');
  for (const name of Object.keys(required)) assert.ok(name in value, `${name} is missing`);
  for (const [name, field] of Object.entries(value)) {
    const check = required[name] ?? optional[name];
    assert.ok(check, `${name} has no place here`);
    check(field);
  }
}

function checkFrame(value: unknown): void {
  const { frame_type, ...fields } = value as { frame_type: string };
  const shape = FRAMES[frame_type];
  assert.ok(shape, `there is no frame ${frame_type}`);
  checkObject(fields, shape[0], shape[1] ?? {});
}

function checkRange(value: unknown): void {
  const [low, high] = value as [number, number];
  number(low);
  assert.ok(high >= low);
}

/**
 * Parses a file and checks every field of it. Every text in it is one of a fixed vocabulary, besides the titles: so nothing
 * of a payload or key can be there.
 */
export function checkQlog(text: string): QlogFile {
  const file = JSON.parse(text) as QlogFile;
  assert.equal(file.qlog_version, '0.3');
  assert.equal(file.qlog_format, 'JSON');
  for (const trace of file.traces) {
    oneOf('client', 'server')(trace.vantage_point.type);
    checkObject(
      trace.common_fields,
      {
        protocol_type: (value) => assert.deepEqual(value, ['QUIC']),
        time_format: oneOf('relative'),
        reference_time: number,
      },
      {},
    );
    let lastMs = 0;
    for (const { time, name, group_id, data, ...rest } of trace.events) {
      assert.deepEqual(rest, {});
      assert.ok(time >= lastMs, 'events are in order of time');
      lastMs = time;
      assert.match(group_id, /^[1-9]\d*$/);
      const shape = EVENTS[name];
      assert.ok(shape, `there is no event ${name}`);
      checkObject(data, shape[0], shape[1] ?? {});
    }
  }
  return file;
}
