import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MAX_CHUNK_LINE_BYTES } from '../../../p2p-core/http/body-decoder';
import { MAX_HEADER_COUNT, MAX_HEAD_BYTES } from '../../../p2p-core/http/head-parser';
import type { MessageParser, MessageSink } from '../../../p2p-core/http/message-parser';
import { createRequestParser } from '../../../p2p-core/http/request-parser';
import { createResponseParser } from '../../../p2p-core/http/response-parser';
import { bytesOf, textOf } from './fake-stream';

type Make = (sink: MessageSink<unknown>) => MessageParser<unknown>;
const asRequest: Make = (sink) => createRequestParser(sink);
const asResponse: Make = (sink) => createResponseParser('GET', sink);

/** What a parser says about `pieces`, as one comparable list; body bytes are joined. */
function run(make: Make, pieces: string[], isEnded = true): unknown[] {
  const events: unknown[] = [];
  let body = '';
  const parser = make({
    onHead: (head) => events.push(JSON.parse(JSON.stringify(head))),
    onBody: (bytes) => {
      assert.ok(bytes.length > 0, 'an empty body piece says nothing');
      body += textOf(bytes);
    },
    onComplete: () => events.push(`complete:${body}`),
    onProblem: (problem) => events.push(problem),
  });
  for (const piece of pieces) parser.push(bytesOf(piece));
  if (isEnded) parser.end();
  return events;
}
const last = (events: unknown[]): unknown => events[events.length - 1];

const HOST = 'host: \r\n';
const GOOD_REQUESTS: [name: string, text: string, head: object, body: string][] = [
  [
    'a request with a query',
    `GET /ipc.flv?action=live&channel=0 HTTP/1.1\r\n${HOST}\r\n`,
    { method: 'GET', path: '/ipc.flv', query: 'action=live&channel=0', headers: { host: '' } },
    '',
  ],
  [
    'an absolute-form target and lines of one name',
    'GET http://ipc.p2p.com/ipc.flv HTTP/1.1\r\nHost: ipc.p2p.com\r\nX-A: 1\r\nx-a:\t2 \r\n\r\n',
    { method: 'GET', path: '/ipc.flv', query: '', headers: { host: 'ipc.p2p.com', 'x-a': '1, 2' } },
    '',
  ],
  [
    'an absolute-form target without path',
    `GET http://camera?a=b HTTP/1.1\r\n${HOST}\r\n`,
    { method: 'GET', path: '/', query: 'a=b', headers: { host: '' } },
    '',
  ],
  [
    'a body of known length',
    `POST /voice HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\r\nhello`,
    { method: 'POST', path: '/voice', query: '', headers: { host: '', 'content-length': '5' } },
    'hello',
  ],
  [
    'a chunked body with extensions and trailers, followed by bytes nobody asked for',
    `POST /voice HTTP/1.1\r\n${HOST}Transfer-Encoding: Chunked\r\n\r\n5;a="b"\r\nhello\r\n0a\r\n, camera 1\r\n0;x\r\nT: 1\r\nU: 2\r\n\r\nGET / HTTP/1.1\r\n`,
    { method: 'POST', path: '/voice', query: '', headers: { host: '', 'transfer-encoding': 'Chunked' } },
    'hello, camera 1',
  ],
];
const GOOD_RESPONSES: [name: string, text: string, head: object, body: string][] = [
  [
    'a response that ends with its direction',
    'HTTP/1.1 200 OK\r\n\r\nFLV',
    { status: 200, reason: 'OK', headers: {} },
    'FLV',
  ],
  [
    'an empty reason phrase and obs-text in a value',
    'HTTP/1.1 206 \r\ncontent-length: 2\r\nx: caf\xe9\r\n\r\nab',
    { status: 206, reason: '', headers: { 'content-length': '2', x: 'caf\xe9' } },
    'ab',
  ],
  [
    'a header named __proto__ as any other',
    'HTTP/1.1 200 OK\r\n__proto__: x\r\ncontent-length: 0\r\n\r\n',
    { status: 200, reason: 'OK', headers: JSON.parse('{"__proto__":"x","content-length":"0"}') as object },
    '',
  ],
  [
    'interim responses before the real one',
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 404 Not Found\r\ncontent-length: 1\r\n\r\nx',
    { status: 404, reason: 'Not Found', headers: { 'content-length': '1' } },
    'x',
  ],
  [
    'no body after 304, whatever its headers say',
    'HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n',
    { status: 304, reason: 'Not Modified', headers: { 'content-length': '9' } },
    '',
  ],
  [
    'a chunked response',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
    { status: 200, reason: 'OK', headers: { 'transfer-encoding': 'chunked' } },
    'abcde',
  ],
];

const request = (rest: string): string => `GET / HTTP/1.1\r\n${HOST}${rest}`;
const post = (rest: string): string => request(`transfer-encoding: chunked\r\n\r\n${rest}`);
const BAD_REQUESTS: [name: string, text: string, problem: string][] = [
  ['nothing at all', '', 'truncated'],
  ['a cut request line', 'GET / HT', 'truncated'],
  ['a head without its end', request(''), 'truncated'],
  ['a bare LF', 'GET / HTTP/1.1\nhost: \n\n', 'malformed'],
  ['a bare CR', 'GET / HTTP/1.1\rhost: x\r\n\r\n', 'malformed'],
  ['an empty line first', '\r\nGET / HTTP/1.1\r\nhost: \r\n\r\n', 'malformed'],
  ['two spaces in the request line', `GET  / HTTP/1.1\r\n${HOST}\r\n`, 'malformed'],
  ['a method with a colon', `G:T / HTTP/1.1\r\n${HOST}\r\n`, 'malformed'],
  ['a target that is no path', `GET ipc.flv HTTP/1.1\r\n${HOST}\r\n`, 'malformed'],
  ['a fragment in the target', `GET /a#b HTTP/1.1\r\n${HOST}\r\n`, 'malformed'],
  ['a target with a control character', `GET /\x01 HTTP/1.1\r\n${HOST}\r\n`, 'malformed'],
  ['a target that is not ASCII', `GET /\xe9 HTTP/1.1\r\n${HOST}\r\n`, 'malformed'],
  ['lower-case http', `GET / http/1.1\r\n${HOST}\r\n`, 'malformed'],
  ['HTTP/1.0', `GET / HTTP/1.0\r\n${HOST}\r\n`, 'unsupported-version'],
  ['HTTP/2.0', `GET / HTTP/2.0\r\n${HOST}\r\n`, 'unsupported-version'],
  ['no Host', 'GET / HTTP/1.1\r\n\r\n', 'malformed'],
  ['two Hosts', request('Host: b\r\n\r\n'), 'malformed'],
  ['a line without colon', request('abc\r\n\r\n'), 'malformed'],
  ['a header without name', request(': x\r\n\r\n'), 'malformed'],
  ['a space before the colon', request('a : x\r\n\r\n'), 'malformed'],
  ['a folded line', request('a: x\r\n y\r\n\r\n'), 'malformed'],
  ['a folded line with a colon', request('a: x\r\n y:z\r\n\r\n'), 'malformed'],
  ['NUL in a value', request('a: x\0y\r\n\r\n'), 'malformed'],
  ['DEL in a value', request('a: \x7f\r\n\r\n'), 'malformed'],
  ['an expectation', request('expect: 100-continue\r\n\r\n'), 'unsupported-expectation'],
  ['a negative length', request('content-length: -1\r\n\r\n'), 'malformed'],
  ['a signed length', request('content-length: +1\r\n\r\n'), 'malformed'],
  ['a length list', request('content-length: 1, 1\r\n\r\n'), 'malformed'],
  ['two equal lengths', request('content-length: 1\r\ncontent-length: 1\r\n\r\n'), 'malformed'],
  ['a length beyond 2^53', request('content-length: 9999999999999999\r\n\r\n'), 'malformed'],
  ['length and coding', request('content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n'), 'malformed'],
  ['an unknown coding', request('transfer-encoding: gzip\r\n\r\n'), 'unsupported-coding'],
  ['chunked twice', request('transfer-encoding: chunked, chunked\r\n\r\n'), 'unsupported-coding'],
  ['a body shorter than its length', request('content-length: 5\r\n\r\nabc'), 'truncated'],
  ['an empty chunk size', post('\r\n'), 'malformed'],
  ['a chunk size that is no number', post('x\r\n'), 'malformed'],
  ['a chunk size after a space', post(' 5\r\n'), 'malformed'],
  ['a chunk size before a space', post('5 \r\nhello\r\n0\r\n\r\n'), 'malformed'],
  ['a chunk size with 0x', post('0x5\r\n'), 'malformed'],
  ['a chunk size of nine digits', post('000000005\r\nhello\r\n'), 'malformed'],
  ['a chunk size line with bare LF', post('5\nhello'), 'malformed'],
  ['a chunk extension with bare LF', post('5;a\nhello'), 'malformed'],
  ['a chunk size line with bare CR', post('5\rhello'), 'malformed'],
  ['a chunk longer than its size', post('5\r\nhello!\r\n0\r\n\r\n'), 'malformed'],
  ['a chunk without its line end', post('5\r\nhello\rX'), 'malformed'],
  ['a body without last chunk', post('5\r\nhello\r\n'), 'truncated'],
  ['a last chunk without trailer end', post('0\r\n'), 'truncated'],
  ['a trailer with bare LF', post('0\r\na\n\r\n'), 'malformed'],
  ['a trailer with bare CR', post('0\r\na\rb'), 'malformed'],
];
const BAD_RESPONSES: [name: string, text: string, problem: string][] = [
  ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n', 'malformed'],
  ['a status of 600', 'HTTP/1.1 600 X\r\n\r\n', 'malformed'],
  ['no space after the status', 'HTTP/1.1 200\r\n\r\n', 'malformed'],
  ['a control character in the reason', 'HTTP/1.1 200 O\x02\r\n\r\n', 'malformed'],
  ['HTTP/1.0', 'HTTP/1.0 200 OK\r\n\r\n', 'unsupported-version'],
  ['an upgrade', 'HTTP/1.1 101 Switching Protocols\r\n\r\n', 'malformed'],
  ['interim responses without end', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(9), 'malformed'],
  ['an interim response only', 'HTTP/1.1 100 Continue\r\n\r\n', 'truncated'],
  ['a request', 'GET / HTTP/1.1\r\nhost: \r\n\r\n', 'malformed'],
];

describe('HTTP parsers', () => {
  for (const [make, table] of [
    [asRequest, GOOD_REQUESTS],
    [asResponse, GOOD_RESPONSES],
  ] as const) {
    for (const [name, text, head, body] of table) {
      test(`read ${name}`, () => assert.deepEqual(run(make, [text]), [head, `complete:${body}`]));
      test(`read ${name} the same at every split`, () => {
        const whole = run(make, [text]);
        for (let at = 0; at <= text.length; at++) {
          assert.deepEqual(run(make, [text.slice(0, at), text.slice(at)]), whole, `split at ${at}`);
        }
        assert.deepEqual(run(make, text.split('')), whole, 'byte by byte');
      });
    }
  }
  for (const [make, table] of [
    [asRequest, BAD_REQUESTS],
    [asResponse, BAD_RESPONSES],
  ] as const) {
    for (const [name, text, problem] of table) {
      test(`refuse ${name} as ${problem}, at every split`, () => {
        assert.equal(last(run(make, [text])), problem);
        for (let at = 0; at <= text.length; at++) {
          assert.equal(last(run(make, [text.slice(0, at), text.slice(at)])), problem, `split at ${at}`);
        }
        assert.equal(last(run(make, text.split(''))), problem, 'byte by byte');
      });
    }
  }

  test('tell the end of a message as soon as its framing says so', () => {
    assert.equal(last(run(asRequest, [request('\r\n')], false)), 'complete:');
    assert.equal(last(run(asRequest, [request('content-length: 2\r\n\r\nab')], false)), 'complete:ab');
    assert.equal(last(run(asRequest, [post('1\r\na\r\n0\r\n\r\n')], false)), 'complete:a');
    assert.deepEqual(run(asResponse, ['HTTP/1.1 200 OK\r\n\r\nab'], false).length, 1);
  });

  test('take the largest head allowed and refuse the next byte', () => {
    const fixed = request('a: \r\n\r\n').length;
    const fill = 'x'.repeat(MAX_HEAD_BYTES - fixed);
    assert.equal(last(run(asRequest, [request(`a: ${fill}\r\n\r\n`)])), 'complete:');
    assert.equal(last(run(asRequest, [request(`a: ${fill}x\r\n\r\n`)])), 'head-too-large');
    assert.equal(last(run(asRequest, ['G'.repeat(MAX_HEAD_BYTES + 1)], false)), 'head-too-large');
  });

  test('take 64 headers and refuse the next one', () => {
    const lines = Array.from({ length: MAX_HEADER_COUNT - 1 }, (_, i) => `h${i}: x\r\n`).join('');
    assert.equal(last(run(asRequest, [request(`${lines}\r\n`)])), 'complete:');
    assert.equal(last(run(asRequest, [request(`${lines}one-more: x\r\n\r\n`)])), 'head-too-large');
  });

  test('cap chunk extensions and trailers', () => {
    const extension = (n: number): string => post(`1;${'e'.repeat(n)}\r\na\r\n0\r\n\r\n`);
    assert.equal(last(run(asRequest, [extension(MAX_CHUNK_LINE_BYTES - 1)])), 'complete:a');
    assert.equal(last(run(asRequest, [extension(MAX_CHUNK_LINE_BYTES + 1)])), 'malformed');
    assert.equal(last(run(asRequest, [post(`0\r\n${'t: x\r\n'.repeat(100)}\r\n`)])), 'complete:');
    assert.equal(last(run(asRequest, [post(`0\r\n${'t: x\r\n'.repeat(3000)}\r\n`)])), 'malformed');
  });

  test('hand media bytes on as views of what came in', () => {
    const seen: Uint8Array[] = [];
    const parser = createResponseParser('GET', {
      onHead: () => undefined,
      onBody: (bytes) => seen.push(bytes),
      onComplete: () => undefined,
      onProblem: (problem) => assert.fail(problem),
    });
    parser.push(bytesOf('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'));
    const datagram = bytesOf('4\r\nabcd\r\n8\r\n1234');
    const rest = bytesOf('5678');
    parser.push(datagram);
    parser.push(rest);
    assert.deepEqual(
      seen.map((view) => view.buffer),
      [datagram.buffer, datagram.buffer, rest.buffer],
    );
    assert.equal(seen[2], rest);
  });

  test('deliver nothing after stop, not even the rest of the same bytes', () => {
    const seen: string[] = [];
    const parser: MessageParser<unknown> = createResponseParser('GET', {
      onHead: () => undefined,
      onBody: (bytes) => {
        seen.push(textOf(bytes));
        parser.stop();
      },
      onComplete: () => seen.push('complete'),
      onProblem: (problem) => seen.push(problem),
    });
    parser.push(
      bytesOf('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n'),
    );
    parser.push(bytesOf('more'));
    parser.end();
    assert.deepEqual(seen, ['a']);
  });

  test('never throw and end exactly once on 60 000 bent messages', () => {
    const seed = Number(process.env['FUZZ_SEED'] ?? 1) >>> 0;
    let state = seed;
    const random = (limit: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 0x100000000) * limit);
    };
    const texts = [...GOOD_REQUESTS, ...BAD_REQUESTS, ...GOOD_RESPONSES, ...BAD_RESPONSES].map(
      (row) => row[1],
    );
    const spice = '\r\n:; \t0aF9\0\xff,/?HTTP1.';
    for (let round = 0; round < 60_000; round++) {
      const chars = texts[random(texts.length)]!.split('');
      for (let edits = random(4); edits >= 0; edits--) {
        const at = random(chars.length + 1);
        const how = random(3);
        if (how === 0) chars.splice(at, 1);
        else chars.splice(at, how === 1 ? 1 : 0, spice.charAt(random(spice.length)));
      }
      const text = chars.join('');
      const cut = random(text.length + 1);
      const why = `seed ${seed}, round ${round}: ${JSON.stringify(text)} cut at ${cut}`;
      const make = round % 2 === 0 ? asRequest : asResponse;
      let events: unknown[];
      try {
        events = run(make, [text.slice(0, cut), text.slice(cut)]);
      } catch (thrown) {
        assert.fail(`${why}: ${String(thrown)}`);
      }
      assert.equal(events.filter((event) => typeof event === 'string').length, 1, why);
      assert.equal(typeof last(events), 'string', why);
    }
  });
});
