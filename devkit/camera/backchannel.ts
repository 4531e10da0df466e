import { randomBytes } from 'node:crypto';
import { createDownmixer, encodeG711, G711_RATE_HZ } from './g711';
import type { G711Law } from './g711';
import { RtspConnection } from './rtsp-connection';
import type { TalkFormat, TalkSink } from './talk-sink';

/** ONVIF Streaming Specification 5.3: a camera that knows it adds a track to which the client sends. */
const REQUIRE = { Require: 'www.onvif.org/ver20/backchannel' };
const FRAME_MS = 20;
const FRAME_SAMPLES = (G711_RATE_HZ * FRAME_MS) / 1000;
const RTP_HEADER_BYTES = 12;
const RTP_VERSION_2 = 0x80;
const RTP_MARKER = 0x80;
/** What waits for its time, or for the camera to answer: more, and the oldest goes, so that nobody is heard late. */
const MAX_WAITING_FRAMES = 4_000 / FRAME_MS;
/** A loudspeaker plays as time goes by, and has little room for what comes early: enough for a network that stumbles. */
const LEAD_MS = 100;
/** Cameras keep some sound back against jitter, and forget it when the channel is taken away. */
const LAST_WORDS_MS = 500;
/** What a camera may be behind: frames are left out. */
const MAX_UNSENT_BYTES = 16 * 1024;
const DEFAULT_SESSION_S = 60;

export interface BackchannelTrack {
  control: string;
  law: G711Law;
  payloadType: number;
}

/** The first track of G.711 that the camera receives on (`sendonly`, seen from the client); null when there is none. */
export function backchannelTrack(sdp: string): BackchannelTrack | null {
  const [, ...sections] = sdp.split(/^(?=m=)/m);
  for (const section of sections) {
    const types = /^m=audio \S+ \S+ ([\d ]+)/.exec(section)?.[1]?.trim().split(' ') ?? [];
    const control = /^a=control:(\S+)/m.exec(section)?.[1];
    if (control === undefined || !/^a=sendonly\s*$/m.test(section)) continue;
    for (const type of types) {
      const name = new RegExp(`^a=rtpmap:${type} (PCM[UA])/8000`, 'mi').exec(section)?.[1]?.toUpperCase();
      // Static types need no rtpmap (RFC 3551 §6).
      const law = name === 'PCMU' || type === '0' ? 'ulaw' : name === 'PCMA' || type === '8' ? 'alaw' : null;
      if (law !== null) return { control, law, payloadType: Number(type) };
    }
  }
  return null;
}

/**
 * One talk to a camera's loudspeaker over RTSP, as G.711, at the pace of time however it comes. The connection is made now; a
 * camera that refuses makes the next `write` throw, and `onEvent` tells why. After `close` what was said is still sent.
 */
export function openBackchannel(
  url: string,
  format: Extract<TalkFormat, { kind: 'pcm' }>,
  onEvent: (level: 'info' | 'warn', text: string) => void,
): TalkSink {
  let failure: string | null = null;
  let isClosed = false;
  let channel: Backchannel | null = null;
  let timer: NodeJS.Timeout | null = null;
  /** When the next frame is due. */
  let dueMs = 0;
  const frames: Int16Array[] = [];
  let frame = new Int16Array(FRAME_SAMPLES);
  let filled = 0;

  const end = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    frames.length = 0;
    channel?.end();
    connection.close();
  };
  const fail = (reason: string): void => {
    if (failure !== null) return;
    failure = reason;
    onEvent('warn', `talk: ${reason}`);
    end();
  };
  const connection = new RtspConnection(url, fail);
  const pump = (): void => {
    timer = null;
    const nowMs = performance.now();
    // It was silent for a while: time has not waited.
    dueMs = Math.max(dueMs, nowMs);
    for (; frames.length > 0 && dueMs <= nowMs + LEAD_MS; dueMs += FRAME_MS) channel!.send(frames.shift()!);
    if (frames.length > 0) timer = setTimeout(pump, FRAME_MS);
    else if (isClosed) timer = setTimeout(end, dueMs - nowMs + LAST_WORDS_MS);
  };
  const push = (): void => {
    frames.push(frame);
    if (frames.length > MAX_WAITING_FRAMES) frames.shift();
    frame = new Int16Array(FRAME_SAMPLES);
    filled = 0;
    if (channel !== null && timer === null) pump();
  };
  const feed = createDownmixer(format, (sample) => {
    frame[filled++] = sample;
    if (filled === FRAME_SAMPLES) push();
  });
  setUp(connection).then(
    (ready) => {
      channel = ready;
      if (failure === null) pump();
      else ready.end();
    },
    (error: Error) => fail(error.message),
  );
  return {
    write(bytes) {
      if (failure !== null) throw new Error(failure);
      feed(bytes);
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      if (filled > 0 && failure === null) push();
      if (channel !== null && timer === null && failure === null) pump();
    },
  };
}

interface Backchannel {
  send(samples: Int16Array): void;
  end(): void;
}

/** Asks for the back channel and starts it. @throws Error that says what the camera does not have */
async function setUp(connection: RtspConnection): Promise<{ send(samples: Int16Array): void; end(): void }> {
  const { url } = connection;
  const described = await connection.request('DESCRIBE', url, { ...REQUIRE, Accept: 'application/sdp' });
  if (described.status === 401) throw new Error('the camera refuses user or password (401)');
  // 551: Option not supported (RFC 2326 §11.3.14).
  if (described.status === 551) throw new Error('the camera has no back channel (551)');
  demand(described.status, 'DESCRIBE');
  const track = backchannelTrack(described.body);
  if (track === null) throw new Error('the camera has no back channel for G.711');
  const base = described.headers.get('content-base') ?? described.headers.get('content-location') ?? url;
  const control = /^rtsps?:/.test(track.control)
    ? track.control
    : `${base.replace(/\/$/, '')}/${track.control.replace(/^\//, '')}`;
  const transport = { Transport: 'RTP/AVP/TCP;unicast;interleaved=0-1' };
  const set = await connection.request('SETUP', control, { ...REQUIRE, ...transport });
  demand(set.status, 'SETUP');
  const [session = '', ...parameters] = (set.headers.get('session') ?? '').split(';');
  const timeoutS = Number(/timeout=(\d+)/.exec(parameters.join(';'))?.[1] ?? DEFAULT_SESSION_S);
  const channel = Number(/interleaved=(\d+)/.exec(set.headers.get('transport') ?? '')?.[1] ?? 0);
  const inSession = { ...REQUIRE, Session: session };
  const played = await connection.request('PLAY', base, { ...inSession, Range: 'npt=0.000-' });
  demand(played.status, 'PLAY');
  const keepAlive = setInterval(
    () => connection.send('GET_PARAMETER', base, { Session: session }),
    Math.max(1, timeoutS / 2) * 1000,
  );
  const packetize = rtpSender(track);
  return {
    send(samples) {
      const packet = packetize(samples);
      if (connection.unsentBytes <= MAX_UNSENT_BYTES) connection.sendInterleaved(channel, packet);
    },
    end() {
      clearInterval(keepAlive);
      connection.send('TEARDOWN', base, { Session: session });
    },
  };
}

function demand(status: number, method: string): void {
  if (status !== 200) throw new Error(`the camera answers ${status} to ${method} of its back channel`);
}

/** RTP packets of G.711 (RFC 3550 §5.1, RFC 3551 §4.5.14). */
function rtpSender({ law, payloadType }: BackchannelTrack): (samples: Int16Array) => Uint8Array {
  const random = randomBytes(10);
  const source = random.readUInt32BE(0);
  let timestamp = random.readUInt32BE(4);
  let sequence = random.readUInt16BE(8);
  let isFirst = true;
  return (samples) => {
    const packet = Buffer.alloc(RTP_HEADER_BYTES + samples.length);
    packet[0] = RTP_VERSION_2;
    packet[1] = payloadType | (isFirst ? RTP_MARKER : 0);
    packet.writeUInt16BE(sequence, 2);
    packet.writeUInt32BE(timestamp, 4);
    packet.writeUInt32BE(source, 8);
    for (const [index, sample] of samples.entries())
      packet[RTP_HEADER_BYTES + index] = encodeG711(sample, law);
    sequence = (sequence + 1) & 0xffff;
    timestamp = (timestamp + samples.length) >>> 0;
    isFirst = false;
    return packet;
  };
}
