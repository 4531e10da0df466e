import assert from 'node:assert/strict';
import { createFlvReader } from '../../../p2p-core/flv/tag-reader';
import { flvHeader, flvTag } from '../../../p2p-core/flv/tag-writer';
import type { MessageParser, MessageSink } from '../../../p2p-core/http/message-parser';
import { createRequestParser } from '../../../p2p-core/http/request-parser';
import { createResponseParser } from '../../../p2p-core/http/response-parser';
import { createMjpgReader } from '../../../p2p-core/mjpg/part-reader';
import { encodePublish } from '../../../p2p-core/signaling/mqtt-codec';
import { MqttParser } from '../../../p2p-core/signaling/mqtt-parser';
import type { Prng } from '../../sim/prng';
import { ascii, join, noise, pieces, randomBytes } from '../mutate';
import { retainedBytes } from '../retained';
import type { FuzzTarget } from '../target';

/** An incremental parser with everything it reports written into `events`. */
interface Reading {
  feed(bytes: Uint8Array): void;
  end(): void;
  /** What it holds between two pieces. */
  parser: object;
  events: string[];
}

/**
 * How a stream is cut must not matter: one piece and many pieces give the same events. Bytes that were reported are
 * joined, since a parser may hand on each piece as it comes.
 */
function feedBothWays(
  read: () => Reading,
  input: Uint8Array,
  random: Prng,
  maxRetainedBytes: number,
): boolean {
  const whole = read();
  whole.feed(input);
  whole.end();
  const cut = read();
  for (const piece of pieces(random, input)) cut.feed(piece);
  const held = retainedBytes(cut.parser, [cut.events]);
  assert.ok(held <= maxRetainedBytes, `${held} bytes held between two pieces`);
  cut.end();
  assert.deepEqual(joinData(cut.events), joinData(whole.events));
  return !isBroken(whole.events[whole.events.length - 1]!);
}

const isBroken = (lastEvent: string): boolean => /^(?:problem|end .|broken)/.test(lastEvent);

function joinData(events: readonly string[]): string[] {
  const joined: string[] = [];
  for (const event of events) {
    const last = joined.length - 1;
    if (event.startsWith('data ') && last >= 0 && joined[last]!.startsWith('data '))
      joined[last] += event.slice(5);
    else joined.push(event);
  }
  return joined;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function readHttp<Head>(create: (sink: MessageSink<Head>) => MessageParser<Head>): Reading {
  const events: string[] = [];
  let endings = 0;
  const end = (event: string): void => {
    assert.equal(++endings, 1, 'two endings');
    events.push(event);
  };
  const parser = create({
    onHead: (head) => void events.push(`head ${JSON.stringify(head)}`),
    onBody: (bytes) => {
      assert.equal(endings, 0, 'a body after the end');
      events.push(`data ${hex(bytes)}`);
    },
    onExtension: (text) => {
      assert.equal(endings, 0, 'an extension after the end');
      assert.ok(text.length > 0 && text.length <= 1024);
      events.push(`extension ${text}`);
    },
    onComplete: () => end('complete'),
    onProblem: (problem) => end(`problem ${problem}`),
  });
  return {
    feed: (bytes) => parser.push(bytes),
    end: () => {
      parser.end();
      assert.equal(endings, 1, 'no ending');
    },
    parser,
    events,
  };
}

/** A head may take 16 KiB, held as bytes and as text. */
const MAX_HTTP_BYTES = 128 * 1024;

function httpGrammar(random: Prng, startLines: readonly string[]): Uint8Array {
  const eol = (): string => (random.chance(0.97) ? '\r\n' : random.pick(['\n', '\r', '\r\r\n', '']));
  const fields = [
    'Host: ',
    'content-length: 5',
    'Content-Length: 5',
    'content-length: 999999999999999',
    'content-length: -1',
    'transfer-encoding: chunked',
    'transfer-encoding: gzip, chunked',
    'expect: 100-continue',
    'x: y',
    ' folded',
    'no colon',
    'bad name : 1',
    `long: ${'v'.repeat(random.pick([1, 200, 9000]))}`,
    'tail:   spaces    ',
  ];
  let text = random.pick(startLines) + eol();
  if (random.chance(0.8)) text += `host: ${eol()}`;
  for (let count = random.int(0, random.chance(0.05) ? 70 : 4); count > 0; count--)
    text += random.pick(fields) + eol();
  text += eol();
  const body = random.pick([
    '',
    'hello',
    'hello, world',
    '5\r\nhello\r\n0\r\n\r\n',
    '1;a=b\r\nx\r\n0\r\nt: 1\r\n\r\n',
  ]);
  return join(ascii(text), ascii(body), random.chance(0.2) ? noise(random) : new Uint8Array(0));
}

const REQUEST_LINES = [
  'GET /ipc.flv?action=live HTTP/1.1',
  'POST /voice HTTP/1.1',
  'GET http://x/y?z HTTP/1.1',
  'GET * HTTP/1.1',
  'GET /a HTTP/1.0',
  'GET  /a HTTP/1.1',
  'G\x01T /a HTTP/1.1',
];
const STATUS_LINES = [
  'HTTP/1.1 200 OK',
  'HTTP/1.1 206 ',
  'HTTP/1.1 204 No Content',
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK',
  'HTTP/1.1 999 X',
  'HTTP/2.0 200 OK',
  'HTTP/1.1 200',
];

export const httpRequest: FuzzTarget = {
  name: 'http-request',
  inputsPerRound: 800,
  corpus: [
    ascii('GET /ipc.flv?action=live&channel=0 HTTP/1.1\r\nhost: \r\n\r\n'),
    ascii('POST /voice HTTP/1.1\r\nhost: \r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'),
    ascii('POST /a HTTP/1.1\r\nhost: c\r\ncontent-length: 5\r\n\r\nhello'),
  ],
  grammar: (random) => httpGrammar(random, REQUEST_LINES),
  run: (input, random) => feedBothWays(() => readHttp(createRequestParser), input, random, MAX_HTTP_BYTES),
};

export const httpResponse: FuzzTarget = {
  name: 'http-response',
  inputsPerRound: 800,
  corpus: [
    ascii(
      'HTTP/1.1 200 OK\r\ncontent-type: video/x-flv\r\ntransfer-encoding: chunked\r\n\r\n3\r\nFLV\r\n0\r\n\r\n',
    ),
    ascii(
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;skip-ms=40;skip-tags=2\r\nF\r\n0;x\r\n\r\n',
    ),
    ascii('HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}'),
    ascii('HTTP/1.1 200 OK\r\n\r\nuntil the end'),
  ],
  grammar: (random) => httpGrammar(random, STATUS_LINES),
  run(input, random) {
    const method = random.pick(['GET', 'HEAD']);
    const create = (sink: Parameters<typeof createResponseParser>[1]): MessageParser<never> =>
      createResponseParser(method, sink) as MessageParser<never>;
    return feedBothWays(() => readHttp(create), input, random, MAX_HTTP_BYTES);
  },
};

/** The largest tag these readers take. */
const MAX_TAG_BYTES = 2 * 1024;

function readFlv(): Reading {
  const events: string[] = [];
  const parser = createFlvReader(
    {
      onHeader: (hasVideo, hasAudio) => void events.push(`header ${hasVideo} ${hasAudio}`),
      onTag: ({ data, ...tag }) => void events.push(`tag ${JSON.stringify(tag)} ${hex(data)}`),
    },
    { maxTagBytes: MAX_TAG_BYTES },
  );
  return {
    feed: (bytes) => assert.equal(parser.feed(bytes), parser.error === ''),
    end: () => void events.push(`end ${parser.error}`),
    parser,
    events,
  };
}

export const flv: FuzzTarget = {
  name: 'flv',
  inputsPerRound: 800,
  corpus: [
    join(
      flvHeader(true, true),
      flvTag(18, 0, ascii('meta')),
      flvTag(9, 0, Uint8Array.of(0x17, 0, 0, 0, 0, 1)),
      flvTag(9, 40, Uint8Array.of(0x27, 1, 0, 0, 0, 5, 6, 7)),
      flvTag(8, 41, Uint8Array.of(0xaf, 1, 9, 9)),
    ),
    join(flvHeader(true, false), flvTag(9, 0xffffffff, Uint8Array.of(0x90, 0x68, 0x76, 0x63, 0x31, 1))),
  ],
  grammar(random) {
    const parts = [flvHeader(random.chance(0.5), random.chance(0.5))];
    if (random.chance(0.1)) parts[0]!.set([0, 0, 0, random.pick([8, 10, 255])], 5);
    for (let count = random.int(0, 12); count > 0; count--) {
      const tag = flvTag(
        random.pick([8, 9, 9, 18, 18, 0x29, 0]),
        random.int(0, 0xffffffff),
        randomBytes(random, random.pick([0, 1, 2, 4, 5, 300, MAX_TAG_BYTES - 1, MAX_TAG_BYTES])),
      );
      if (random.chance(0.1)) tag.set([random.int(0, 255), random.int(0, 255)], 2);
      parts.push(tag);
    }
    return join(...parts);
  },
  // Its first buffer has 4 KiB, and its last tag may be a view of the piece it came in.
  run: (input, random) => feedBothWays(readFlv, input, random, 16 * 1024),
};

/** The largest picture these readers take. */
const MAX_PART_BYTES = 1024;

function readMjpg(): Reading {
  const events: string[] = [];
  const parser = createMjpgReader(
    ({ contentType, data }) => {
      assert.ok(data.length <= MAX_PART_BYTES);
      events.push(`part ${contentType} ${hex(data)}`);
    },
    { maxPartBytes: MAX_PART_BYTES },
  );
  return {
    feed: (bytes) => assert.equal(parser.feed(bytes), parser.error === ''),
    end: () => void events.push(parser.error === '' ? 'sound' : `end ${parser.error}`),
    parser,
    events,
  };
}

const mjpgPart = (head: string, body: Uint8Array): Uint8Array =>
  join(ascii(`--b\r\n${head}\r\n\r\n`), body, ascii('\r\n'));

export const mjpg: FuzzTarget = {
  name: 'mjpg',
  inputsPerRound: 800,
  corpus: [
    join(
      mjpgPart('Content-Type: image/jpeg\r\nContent-Length: 5', ascii('hello')),
      mjpgPart('Content-Type: image/jpeg', ascii('without a length')),
      ascii('--b--\r\n'),
    ),
    ascii('\r\n--b\ncontent-length: 3\n\nabc\n--b\n\nd\n--b\n'),
  ],
  grammar(random) {
    const parts: Uint8Array[] = [random.chance(0.2) ? noise(random) : new Uint8Array(0)];
    for (let count = random.int(1, 6); count > 0; count--) {
      const sizes = [0, 1, 5, 300, MAX_PART_BYTES - 1, MAX_PART_BYTES, MAX_PART_BYTES + 1];
      const body = randomBytes(random, random.pick(sizes));
      const lengthBytes = random.chance(0.9) ? body.length : random.int(0, 0xffffffff);
      const head = random.chance(0.5) ? 'a: b' : `Content-Length: ${lengthBytes}`;
      if (random.chance(0.2) && body.length > 6)
        body.set(ascii(random.pick(['\r\n--', '\n--b', '--b\r\n'])), 1);
      parts.push(mjpgPart(head, body));
    }
    if (random.chance(0.3)) parts.push(ascii(random.pick(['--b--\r\n', '--b', '\r\n\r\n--b\r\n'])));
    return join(...parts);
  },
  // A picture, what follows it, and a first buffer of 16 KiB.
  run: (input, random) => feedBothWays(readMjpg, input, random, 24 * 1024),
};

function readMqtt(): Reading {
  const events: string[] = [];
  const parser = new MqttParser({
    onConnAck: (code) => void events.push(`connack ${code}`),
    onPublish: (topic, payload, id, isRetained) =>
      void events.push(`publish ${topic} ${hex(payload)} ${id} ${isRetained}`),
    onPubAck: (id) => void events.push(`puback ${id}`),
    onSubAck: (id, code) => void events.push(`suback ${id} ${code}`),
    onPingResp: () => void events.push('pingresp'),
  });
  let isSound = true;
  return {
    feed: (bytes) => {
      const result = parser.push(bytes);
      assert.ok(isSound || result, 'a broken parser reads nothing, so nothing breaks again');
      isSound = isSound && result;
    },
    end: () => void events.push(isSound ? 'sound' : 'broken'),
    parser,
    events,
  };
}

const publish = encodePublish('iotp2p/1/0123', Uint8Array.of(1, 2, 3, 4), 1, true, 77);

export const mqtt: FuzzTarget = {
  name: 'mqtt',
  inputsPerRound: 1000,
  corpus: [
    Uint8Array.of(0x20, 2, 0, 0, 0x90, 3, 0, 1, 1, 0xd0, 0),
    publish,
    join(Uint8Array.of(0x20, 2, 0, 0), publish, publish, Uint8Array.of(0x40, 2, 0, 9, 0xb0, 2, 0, 1)),
    encodePublish('t', new Uint8Array(5000), 0, false, 0),
  ],
  grammar(random) {
    const parts: Uint8Array[] = [];
    for (let count = random.int(1, 6); count > 0; count--) {
      const body = randomBytes(
        random,
        random.pick([0, 2, 2, 3, 20, 20, 140, random.chance(0.1) ? 20_000 : 200]),
      );
      if (body.length > 2 && random.chance(0.8)) body.set([0, random.int(0, 6)]);
      parts.push(
        Uint8Array.of((random.pick([2, 3, 3, 3, 4, 9, 11, 13]) << 4) | random.pick([0, 0, 0, 1, 2, 4])),
      );
      parts.push(remainingLength(random.chance(0.95) ? body.length : random.int(0, 0xfffffff)), body);
    }
    return join(...parts);
  },
  run: (input, random) => feedBothWays(readMqtt, input, random, 65_536 + 4096),
};

function remainingLength(value: number): Uint8Array {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return Uint8Array.from([...bytes, value]);
}
