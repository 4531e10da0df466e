import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ErrCode } from '../../../p2p-core/errors';
import type { HttpRequest } from '../../../p2p-core/http/client';
import { openExchange } from '../../../p2p-core/http/client';
import { AbortCode } from '../../../p2p-core/http/problem';
import type { HttpExchange, HttpResponseHandler } from '../../../p2p-core/http/types';
import { FakeStream, bytesOf, textOf } from './fake-stream';

interface Asked {
  stream: FakeStream;
  exchange: HttpExchange;
  events: string[];
}

function recorder(events: string[]): HttpResponseHandler {
  return {
    onHead: (head) => events.push(`head ${head.status}`),
    onBody: (bytes) => events.push(`body ${textOf(bytes)}`),
    onEnd: () => events.push('end'),
    onError: (errcode, errmsg) => events.push(`error ${errcode} ${errmsg}`),
  };
}

function ask(request: Partial<HttpRequest> = {}, stream = new FakeStream()): Asked {
  const events: string[] = [];
  const open = (handler: FakeStream['handler']): FakeStream => {
    stream.handler = handler;
    return stream;
  };
  const exchange = openExchange(
    open,
    { method: 'GET', target: '/ipc.flv?a=1', ...request },
    recorder(events),
  );
  return { stream, exchange, events };
}

const RESPONSE = 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc';

describe('the asking side of an exchange', () => {
  test('writes its head in one write and finishes when there is no body', () => {
    const { stream } = ask({ target: '/ipc.flv?name=a b', headers: { range: 'bytes=5-' } });
    assert.equal(stream.text(), 'GET /ipc.flv?name=a%20b HTTP/1.1\r\nhost: \r\nrange: bytes=5-\r\n\r\n');
    assert.equal(stream.writeCalls, 1);
    assert.ok(stream.isFinished);
  });

  test('reports head, body and end, and consumes every byte it was given', () => {
    const { stream, events } = ask();
    stream.handler!.onData(bytesOf(RESPONSE));
    stream.handler!.onData(bytesOf('not part of the message'));
    stream.handler!.onEnd();
    stream.handler!.onReset(ErrCode.LinkLost, 'late');
    assert.deepEqual(events, ['head 200', 'body abc', 'end']);
    assert.equal(stream.consumed, RESPONSE.length + 23);
    assert.equal(stream.abortCode, null);
  });

  test('takes the end of the direction as the end of a response without length', () => {
    const { stream, events } = ask();
    stream.handler!.onData(bytesOf('HTTP/1.1 200 OK\r\n\r\nFLV'));
    assert.deepEqual(events, ['head 200', 'body FLV']);
    stream.handler!.onEnd();
    assert.deepEqual(events, ['head 200', 'body FLV', 'end']);
  });

  for (const [name, text] of [
    ['without head', ''],
    ['inside the head', 'HTTP/1.1 200 OK\r\n'],
    ['before content-length', 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nabc'],
    ['before the last chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n'],
  ] as const) {
    test(`reports a protocol violation when the response ends ${name}`, () => {
      const { stream, events } = ask();
      if (text !== '') stream.handler!.onData(bytesOf(text));
      stream.handler!.onEnd();
      assert.equal(
        events[events.length - 1],
        `error ${ErrCode.ProtocolViolation} the HTTP response ended too early`,
      );
      assert.equal(stream.abortCode, AbortCode.MessageError);
    });
  }

  test('gives a broken response up at once', () => {
    const { stream, events } = ask();
    stream.handler!.onData(bytesOf('SSH-2.0-x\r\n\r\n'));
    stream.handler!.onData(bytesOf(RESPONSE));
    assert.deepEqual(events, [`error ${ErrCode.ProtocolViolation} bad HTTP response: malformed`]);
    assert.equal(stream.abortCode, AbortCode.MessageError);
  });

  test('passes the code of a reset on, once', () => {
    const { stream, events, exchange } = ask();
    stream.handler!.onData(bytesOf('HTTP/1.1 200 OK\r\n\r\n'));
    stream.handler!.onReset(ErrCode.LinkLost, 'silent');
    exchange.abort();
    assert.deepEqual(events, ['head 200', `error ${ErrCode.LinkLost} silent`]);
    assert.equal(stream.abortCode, null);
  });

  test('says nothing any more after abort, from inside a callback as well', () => {
    const events: string[] = [];
    const stream = new FakeStream();
    const exchange = openExchange(
      (handler) => {
        stream.handler = handler;
        return stream;
      },
      { method: 'GET', target: '/' },
      {
        ...recorder(events),
        onBody: () => {
          events.push('body');
          exchange.abort();
        },
      },
    );
    stream.handler!.onData(
      bytesOf('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n'),
    );
    stream.handler!.onEnd();
    stream.handler!.onWritable();
    assert.deepEqual(events, ['head 200', 'body']);
    assert.equal(stream.abortCode, AbortCode.Cancelled);
    assert.equal(exchange.bufferedBytes(), 0);
  });

  test('writes a body in chunks and ends it', () => {
    const { stream, exchange } = ask({ method: 'POST', hasBody: true });
    assert.ok(!stream.isFinished);
    assert.equal(exchange.writeBody(bytesOf('hello')), 5);
    assert.equal(exchange.writeBody(new Uint8Array(0)), 0);
    exchange.endBody();
    exchange.endBody();
    assert.equal(exchange.writeBody(bytesOf('late')), 0);
    assert.match(stream.text(), /transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n$/);
    assert.ok(stream.isFinished);
  });

  test('takes no more body while an earlier piece waits, and says when there is room', () => {
    const { stream, exchange } = ask({ method: 'POST', hasBody: true });
    let drains = 0;
    exchange.onDrain = () => drains++;
    stream.written = [];
    stream.room = 4;
    assert.equal(exchange.writeBody(bytesOf('hello')), 5);
    assert.equal(exchange.bufferedBytes(), 6);
    assert.equal(exchange.writeBody(bytesOf('more')), 0);
    stream.grant(2);
    assert.equal(drains, 0);
    stream.grant(100);
    assert.equal(drains, 1);
    assert.equal(exchange.writeBody(bytesOf('more')), 4);
    stream.grant(1);
    assert.equal(drains, 1, 'nobody waits for room');
    assert.equal(stream.text(), '5\r\nhello\r\n4\r\nmore\r\n');
  });

  test('takes at most 64 KiB of body at once', () => {
    const { exchange } = ask({ method: 'POST', hasBody: true });
    assert.equal(exchange.writeBody(new Uint8Array(70_000)), 65_536);
  });

  test('finishes only after a head the stream did not take whole', () => {
    const { stream } = ask({}, new FakeStream(10));
    assert.ok(!stream.isFinished);
    stream.grant(1000);
    assert.equal(stream.text(), 'GET /ipc.flv?a=1 HTTP/1.1\r\nhost: \r\n\r\n');
    assert.ok(stream.isFinished);
  });

  test('gives its body up when the answer is complete before it', () => {
    const { stream, exchange, events } = ask({ method: 'POST', hasBody: true });
    stream.handler!.onData(bytesOf('HTTP/1.1 409 Conflict\r\ncontent-length: 0\r\n\r\n'));
    assert.deepEqual(events, ['head 409', 'end']);
    assert.equal(exchange.writeBody(bytesOf('x')), 0);
    assert.equal(stream.abortCode, AbortCode.NoError);
  });

  test('goes on undisturbed when a callback throws, and hands the throw to its caller', () => {
    const events: string[] = [];
    const stream = new FakeStream();
    openExchange(
      (handler) => {
        stream.handler = handler;
        return stream;
      },
      { method: 'GET', target: '/' },
      {
        ...recorder(events),
        onHead: () => {
          throw new Error('a bug of the app');
        },
      },
    );
    assert.throws(() => stream.handler!.onData(bytesOf(RESPONSE)), /a bug of the app/);
    stream.handler!.onEnd();
    assert.deepEqual(events, ['body abc', 'end']);
    assert.equal(stream.consumed, RESPONSE.length);
  });

  test('reports a stream that is reset while it is opened', () => {
    const events: string[] = [];
    openExchange(
      (handler) => {
        handler.onReset(ErrCode.ClosedByPeer, 'gone');
        return new FakeStream();
      },
      { method: 'GET', target: '/' },
      recorder(events),
    );
    assert.deepEqual(events, [`error ${ErrCode.ClosedByPeer} gone`]);
  });

  test('refuses what HTTP cannot carry before it opens a stream', () => {
    const bad: Partial<HttpRequest>[] = [
      { method: 'G T' },
      { target: 'ipc.flv' },
      { headers: { 'a b': 'x' } },
      { headers: { a: 'x\r\nb: y' } },
      { headers: { a: '你' } },
    ];
    for (const request of bad) {
      assert.throws(
        () =>
          openExchange(() => assert.fail('opened'), { method: 'GET', target: '/', ...request }, recorder([])),
        { errcode: ErrCode.BadArgument },
      );
    }
  });
});
