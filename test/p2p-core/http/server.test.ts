import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ErrCode } from '../../../p2p-core/errors';
import { AbortCode } from '../../../p2p-core/http/problem';
import { serveExchange } from '../../../p2p-core/http/server';
import type { HttpServerHandler, HttpServerRequest, HttpServerResponse } from '../../../p2p-core/http/types';
import { FakeStream, bytesOf, textOf } from './fake-stream';

interface Served {
  stream: FakeStream;
  request: HttpServerRequest | null;
  response: HttpServerResponse | null;
  events: string[];
}

function serve(handler?: HttpServerHandler, stream = new FakeStream()): Served {
  const served: Served = { stream, request: null, response: null, events: [] };
  stream.handler = serveExchange(stream, (request, response) => {
    served.request = request;
    served.response = response;
    served.events.push(`${request.method} ${request.path} ${request.query}`);
    request.onBody = (bytes) => served.events.push(`body ${textOf(bytes)}`);
    request.onBodyEnd = () => served.events.push('body end');
    request.onAbort = () => served.events.push('abort');
    if (handler) handler(request, response);
  });
  return served;
}
const GET = 'GET /ipc.flv?action=live HTTP/1.1\r\nhost: \r\n\r\n';
const POST = 'POST /voice HTTP/1.1\r\nhost: \r\ntransfer-encoding: chunked\r\n\r\n';
const statusLine = (stream: FakeStream): string => stream.text().split('\r\n')[0]!;

describe('the answering side of an exchange', () => {
  test('calls its handler when the head is complete and passes the body on', () => {
    const { stream, events } = serve();
    stream.handler!.onData(bytesOf(POST.slice(0, 20)));
    assert.deepEqual(events, []);
    stream.handler!.onData(bytesOf(`${POST.slice(20)}2\r\nab\r\n0\r\n\r\n`));
    assert.deepEqual(events, ['POST /voice ', 'body ab', 'body end']);
    assert.equal(stream.consumed, POST.length + 12);
  });

  test('sends a chunked response unless a length is given', () => {
    const chunked = serve((_, response) => {
      response.start(200, { 'Content-Type': 'video/x-flv' });
      response.write(bytesOf('0123456789abcdefg'));
      response.write(new Uint8Array(0));
      response.end();
      response.end();
    });
    chunked.stream.handler!.onData(bytesOf(GET));
    assert.equal(
      chunked.stream.text(),
      'HTTP/1.1 200 OK\r\ncontent-type: video/x-flv\r\ntransfer-encoding: chunked\r\n\r\n11\r\n0123456789abcdefg\r\n0\r\n\r\n',
    );
    assert.ok(chunked.stream.isFinished);
    const sized = serve((_, response) => {
      response.start(206, { 'content-length': '2' });
      response.write(bytesOf('ab'));
      response.end();
    });
    sized.stream.handler!.onData(bytesOf(GET));
    assert.equal(sized.stream.text(), 'HTTP/1.1 206 Partial Content\r\ncontent-length: 2\r\n\r\nab');
  });

  test('sends no body to HEAD and with 204', () => {
    for (const [text, status] of [
      [GET.replace('GET', 'HEAD'), 200],
      [GET, 204],
    ] as const) {
      const { stream } = serve((_, response) => {
        response.start(status, {});
        response.write(bytesOf('body'));
        response.end();
      });
      stream.handler!.onData(bytesOf(text));
      assert.match(stream.text(), /^HTTP\/1\.1 20\d [A-Za-z ]+\r\n\r\n$/);
      assert.ok(stream.isFinished);
    }
  });

  test('queues what the stream does not take, counts it, and says when it is drained', () => {
    const { stream, response } = ((): Served => {
      const served = serve((_, r) => r.start(200, {}), new FakeStream(20));
      served.stream.handler!.onData(bytesOf(GET));
      return served;
    })();
    let drains = 0;
    response!.onDrain = () => drains++;
    response!.write(bytesOf('abc'));
    response!.write(bytesOf('defg'));
    stream.unacknowledged = 20;
    const all = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n';
    assert.equal(response!.bufferedBytes(), all.length - 5);
    response!.end();
    assert.ok(!stream.isFinished);
    for (let round = 0; stream.text() !== all && round < 100; round++) stream.grant(1);
    assert.equal(stream.text(), all);
    assert.ok(stream.isFinished);
    assert.equal(drains, 0, 'nobody writes after end');
  });

  test('calls onDrain each time its queue became empty', () => {
    const served = serve((_, r) => r.start(200, {}));
    served.stream.handler!.onData(bytesOf(GET));
    let drains = 0;
    served.response!.onDrain = () => drains++;
    for (let round = 1; round <= 3; round++) {
      served.stream.room = 2;
      served.response!.write(bytesOf('abc'));
      served.stream.grant(1);
      assert.equal(drains, round - 1);
      served.stream.grant(100);
      assert.equal(drains, round);
    }
  });

  const broken: [name: string, text: string, status: string][] = [
    ['a broken request', 'GET\r\n\r\n', 'HTTP/1.1 400 Bad Request'],
    ['a request that ends too early', 'GET / HT', 'HTTP/1.1 400 Bad Request'],
    ['a too large head', `GET /${'x'.repeat(17000)}`, 'HTTP/1.1 431 Request Header Fields Too Large'],
    ['another version', 'GET / HTTP/2.0\r\n\r\n', 'HTTP/1.1 505 HTTP Version Not Supported'],
    [
      'an unknown coding',
      'GET / HTTP/1.1\r\nhost: \r\ntransfer-encoding: br\r\n\r\n',
      'HTTP/1.1 501 Not Implemented',
    ],
    ['an expectation', 'GET / HTTP/1.1\r\nhost: \r\nexpect: x\r\n\r\n', 'HTTP/1.1 417 Expectation Failed'],
  ];
  for (const [name, text, status] of broken) {
    test(`answers ${name} itself and closes`, () => {
      const { stream, events } = serve();
      stream.handler!.onData(bytesOf(text));
      stream.handler!.onEnd();
      assert.equal(statusLine(stream), status);
      assert.ok(stream.isFinished);
      stream.handler!.onData(bytesOf('and more'));
      assert.equal(stream.consumed, text.length + 8);
      assert.deepEqual(events, []);
    });
  }

  test('answers 400 when the body breaks before the response began', () => {
    const { stream, events, response } = ((): Served => {
      const served = serve();
      served.stream.handler!.onData(bytesOf(`${POST}zz`));
      return served;
    })();
    assert.deepEqual(events, ['POST /voice ', 'abort']);
    assert.equal(statusLine(stream), 'HTTP/1.1 400 Bad Request');
    assert.throws(() => response!.start(200, {}), { errcode: ErrCode.BadArgument });
  });

  test('breaks the exchange off when the body breaks after the response began', () => {
    const { stream, events, response } = ((): Served => {
      const served = serve((_, r) => r.start(200, {}));
      served.stream.handler!.onData(bytesOf(POST));
      served.stream.handler!.onEnd();
      return served;
    })();
    assert.deepEqual(events, ['POST /voice ', 'abort']);
    assert.equal(stream.abortCode, AbortCode.MessageError);
    response!.write(bytesOf('late'));
    response!.end();
    assert.equal(response!.bufferedBytes(), 0);
  });

  test('tells when the asking side went away, once, and ignores writes from then on', () => {
    const { stream, events, response } = ((): Served => {
      const served = serve((_, r) => r.start(200, {}), new FakeStream(60));
      served.stream.handler!.onData(bytesOf(GET));
      served.stream.handler!.onEnd();
      return served;
    })();
    response!.write(bytesOf('x'.repeat(100)));
    stream.handler!.onReset(ErrCode.LinkLost, 'silent');
    stream.handler!.onReset(ErrCode.LinkLost, 'silent');
    const sent = stream.text();
    response!.write(bytesOf('late'));
    response!.setPriority(1);
    response!.end();
    response!.abort();
    stream.grant(1000);
    assert.deepEqual(events, ['GET /ipc.flv action=live', 'body end', 'abort']);
    assert.equal(stream.text(), sent);
    assert.equal(stream.abortCode, null);
  });

  test('does not tell of an asking side that went away after everything was exchanged', () => {
    const { stream, events } = serve((_, r) => {
      r.start(200, { 'content-length': '0' });
      r.end();
    });
    stream.handler!.onData(bytesOf(GET));
    stream.handler!.onReset(ErrCode.ClosedByPeer, '');
    assert.deepEqual(events, ['GET /ipc.flv action=live', 'body end']);
  });

  test('answers 500 when its handler throws before the response', () => {
    const { stream, events } = serve(() => {
      throw new Error('a bug of the agent');
    });
    assert.throws(() => stream.handler!.onData(bytesOf(GET)), /a bug of the agent/);
    assert.equal(statusLine(stream), 'HTTP/1.1 500 Internal Server Error');
    assert.deepEqual(events, ['GET /ipc.flv action=live', 'abort']);
  });

  test('breaks the exchange off when a body callback throws after the response began', () => {
    const { stream } = serve((request, r) => {
      r.start(200, {});
      request.onBody = () => {
        throw new Error('a bug of the agent');
      };
    });
    assert.throws(() => stream.handler!.onData(bytesOf(`${POST}1\r\na\r\n1\r\nb\r\n`)), /a bug of the agent/);
    assert.equal(stream.abortCode, AbortCode.InternalError);
  });

  test('does not let a response that is cut short look complete', () => {
    const { stream } = serve((_, r) => {
      r.start(200, { 'content-length': '5' });
      r.write(bytesOf('abc'));
      r.end();
    });
    stream.handler!.onData(bytesOf(GET));
    assert.equal(stream.abortCode, AbortCode.InternalError);
    assert.ok(!stream.isFinished);
  });

  test('refuses misuse of the response', () => {
    const misuse: ((r: HttpServerResponse) => void)[] = [
      (r) => r.write(bytesOf('x')),
      (r) => r.end(),
      (r) => r.start(99, {}),
      (r) => r.start(200, { 'transfer-encoding': 'chunked' }),
      (r) => r.start(200, { 'content-length': '-1' }),
      (r) => r.start(200, { a: 'x\ny' }),
      (r) => {
        r.start(200, {});
        r.start(200, {});
      },
      (r) => {
        r.start(200, { 'content-length': '1' });
        r.write(bytesOf('ab'));
      },
      (r) => {
        r.start(200, {});
        r.end();
        r.write(bytesOf('x'));
      },
    ];
    for (const call of misuse) {
      const served = serve();
      served.stream.handler!.onData(bytesOf(GET));
      assert.throws(() => call(served.response!), { errcode: ErrCode.BadArgument }, call.toString());
    }
  });

  test('sets the urgency of its stream', () => {
    const { stream } = serve((_, r) => r.setPriority(4));
    stream.handler!.onData(bytesOf(GET));
    assert.equal(stream.priority, 4);
  });
});
