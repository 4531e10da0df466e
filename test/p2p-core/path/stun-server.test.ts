import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { StunClass } from '../../../p2p-core/path/stun-attributes';
import { buildBindingRequest, StunBuilder } from '../../../p2p-core/path/stun-builder';
import { parseStunMessage } from '../../../p2p-core/path/stun-message';
import { answerBindingRequest } from '../../../p2p-core/path/stun-server';

const ID = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
const bare = () => new StunBuilder(StunClass.Request, ID);

describe('answerBindingRequest', () => {
  test('tells where the request came from', () => {
    for (const [address, port] of [
      ['203.0.113.77', 40001],
      ['2001:db8::77', 65535],
    ] as const) {
      const answer = parseStunMessage(answerBindingRequest(buildBindingRequest(ID), address, port)!)!;
      assert.equal(answer.messageClass, StunClass.Success);
      assert.deepEqual(answer.transactionId, ID);
      assert.deepEqual(answer.xorMappedAddress, { address, port });
      assert.equal(answer.hasFingerprint, true);
    }
  });

  test('reports an IPv4 client of a dual-stack socket as IPv4', () => {
    const answer = answerBindingRequest(buildBindingRequest(ID), '::ffff:203.0.113.77', 9)!;
    assert.deepEqual(parseStunMessage(answer)!.xorMappedAddress, { address: '203.0.113.77', port: 9 });
  });

  test('adds a fingerprint only when the request had one', () => {
    assert.equal(
      parseStunMessage(answerBindingRequest(bare().finish(), '1.2.3.4', 5)!)!.hasFingerprint,
      false,
    );
  });

  test('answers 420 and names the attributes it does not understand', () => {
    const request = bare().attribute(0x0003, new Uint8Array(4)).attribute(0x7001, new Uint8Array(0)).finish();
    const answer = parseStunMessage(answerBindingRequest(request, '1.2.3.4', 5)!)!;
    assert.equal(answer.messageClass, StunClass.Error);
    assert.equal(answer.error?.code, 420);
    assert.deepEqual(answer.unknownAttributes, [0x0003, 0x7001]);
    assert.equal(answer.xorMappedAddress, null);
  });

  test('is silent for responses, indications, other methods, broken messages and impossible addresses', () => {
    for (const messageClass of [StunClass.Success, StunClass.Error, StunClass.Indication]) {
      assert.equal(answerBindingRequest(new StunBuilder(messageClass, ID).finish(), '1.2.3.4', 5), null);
    }
    const allocate = bare().finish();
    allocate[1] = 3;
    assert.equal(answerBindingRequest(allocate, '1.2.3.4', 5), null);
    assert.equal(answerBindingRequest(bare().finish().subarray(0, 19), '1.2.3.4', 5), null);
    assert.equal(answerBindingRequest(bare().finish(), 'fe80::1%eth0', 5), null);
  });

  test('never answers with three times the bytes it got', () => {
    const requests = [bare().finish(), buildBindingRequest(ID)];
    for (let count = 1; count <= 64; count++) {
      const builder = bare();
      for (let i = 0; i < count; i++) builder.attribute(0x7000 + i, new Uint8Array(0));
      requests.push(builder.finish());
    }
    for (const request of requests) {
      const answer = answerBindingRequest(request, '2001:db8::1', 5)!;
      assert.ok(answer.length < 3 * request.length, `${answer.length} for ${request.length}`);
    }
  });
});
