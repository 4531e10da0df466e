import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isPassValid, makePass } from '../../../p2p-core/swarm/link-pass';
import { parseStreamToken, streamIdOf } from '../../../p2p-core/swarm/stream-token';
import {
  decodeTrackerMessage,
  decodeTrackerRequest,
  encodeTrackerMessage,
  encodeTrackerRequest,
} from '../../../p2p-core/swarm/tracker-messages';
import { TRACKER_MESSAGES, TRACKER_REQUESTS } from './tracker-samples';

describe('messages of the tracker', () => {
  for (const message of TRACKER_REQUESTS) {
    test(`${message.kind} of a viewer is read as it was written, and not when cut or longer`, () => {
      const bytes = encodeTrackerRequest(message);
      assert.deepEqual(decodeTrackerRequest(bytes), message);
      for (let end = 0; end < bytes.length; end++) {
        assert.equal(decodeTrackerRequest(bytes.subarray(0, end)), null, `cut to ${end} bytes`);
      }
      assert.equal(decodeTrackerRequest(Uint8Array.of(...bytes, 0)), null);
    });
  }

  for (const message of TRACKER_MESSAGES) {
    test(`${message.kind} of a tracker is read as it was written, and not when cut or longer`, () => {
      const bytes = encodeTrackerMessage(message);
      assert.deepEqual(decodeTrackerMessage(bytes), message);
      for (let end = 0; end < bytes.length; end++) {
        assert.equal(decodeTrackerMessage(bytes.subarray(0, end)), null, `cut to ${end} bytes`);
      }
      assert.equal(decodeTrackerMessage(Uint8Array.of(...bytes, 0)), null);
    });
  }

  test('numbers that do not fit are kept within their width', () => {
    const report = TRACKER_REQUESTS.find((each) => each.kind === 'report')!;
    const odd = { ...report, lagMs: 1e9, upKbps: -5, upBytes: Number.NaN, peerBytes: 1.6 };
    assert.deepEqual(decodeTrackerRequest(encodeTrackerRequest(odd)), {
      ...report,
      lagMs: 65_535,
      upKbps: 0,
      upBytes: 0,
      peerBytes: 2,
    });
  });

  test('an answer with more than eight addresses is refused', () => {
    const offer = TRACKER_MESSAGES.find((each) => each.kind === 'offer')!;
    const slots = Array.from({ length: 5 }, () => offer.slots[0]!);
    assert.ok(decodeTrackerMessage(encodeTrackerMessage({ ...offer, slots, standbys: slots.slice(2) })));
    assert.equal(decodeTrackerMessage(encodeTrackerMessage({ ...offer, slots, standbys: slots })), null);
  });
});

describe('the right to join a stream', () => {
  test('names the stream by host, port and path alone', () => {
    const id = streamIdOf('https://Live.Example.com/app/a.flv?txSecret=1');
    assert.ok(id);
    assert.deepEqual(streamIdOf('http://live.example.com/app/a.flv'), id);
    assert.notDeepEqual(streamIdOf('https://live.example.com:8443/app/a.flv'), id);
    assert.notDeepEqual(streamIdOf('https://live.example.com/app/A.flv'), id);
    assert.deepEqual(streamIdOf('https://live.example.com'), streamIdOf('https://live.example.com/#x'));
    for (const url of ['', 'ftp://a/b', 'https:///b', 'https://user:secret@host/a.flv', '//host/a.flv']) {
      assert.equal(streamIdOf(url), null, url);
    }
  });

  test('is 38 characters of base64url and nothing else', () => {
    const text = Buffer.alloc(28, 1).toString('base64url');
    assert.deepEqual(parseStreamToken(text), {
      expiryS: 0x01010101,
      account: new Uint8Array(8).fill(1),
      mac: new Uint8Array(16).fill(1),
    });
    for (const bad of ['', text.slice(1), `${text}A`, `+${text.slice(1)}`, text.replace(/.$/, 'B')]) {
      assert.equal(parseStreamToken(bad), null, bad);
    }
    assert.equal(parseStreamToken(undefined as unknown as string), null);
  });

  test('a pass is good for one child, one mask, one parent and until its time', () => {
    const key = new Uint8Array(16).fill(7);
    const pass = makePass(key, 'AAAAAAAAAAAA', 3, 1000);
    assert.equal(isPassValid(key, 'AAAAAAAAAAAA', 3, pass, 999_999), true);
    assert.equal(isPassValid(key, 'AAAAAAAAAAAA', 3, pass, 1_000_001), false);
    assert.equal(isPassValid(key, 'AAAAAAAAAAAB', 3, pass, 0), false);
    assert.equal(isPassValid(key, 'AAAAAAAAAAAA', 1, pass, 0), false);
    assert.equal(isPassValid(new Uint8Array(16), 'AAAAAAAAAAAA', 3, pass, 0), false);
    assert.equal(isPassValid(key, 'AAAAAAAAAAAA', 3, pass.subarray(1), 0), false);
    const later = pass.slice();
    later[0] = 1;
    assert.equal(isPassValid(key, 'AAAAAAAAAAAA', 3, later, 0), false, 'an expiry that was put off');
  });
});
