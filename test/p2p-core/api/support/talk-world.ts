import assert from 'node:assert/strict';
import { concatBytes } from '../../../../p2p-core/bytes/concat';
import { parseQuery } from '../../../../p2p-core/http/query';
import type { HttpServerHandler } from '../../../../p2p-core/http/types';
import type { Clock, VoiceCallbacks, VoiceOptions } from '../../../../p2p-core/index';
import { inWorld } from '../../../sim/session-world';
import type { Call, SessionWorld, SessionWorldOptions } from '../../../sim/session-world';
import type { SimViewer } from '../../../sim/session-world-viewer';
import { FakeRecorder, voiceByte } from './fake-recorder';
import type { FakeRecorderOptions } from './fake-recorder';

/** What one talk brought to the camera. */
export interface Heard {
  request: string;
  bytes: Uint8Array;
  end: 'none' | 'ended' | 'aborted';
  hangUp(): void;
}

/** Whether these are bytes of a recording in one piece, from the beginning of some frame on. */
export function isWhole(bytes: Uint8Array): boolean {
  return bytes.every((byte, i) => byte === ((bytes[0]! + voiceByte(i)) & 0xff));
}

/** A camera that listens; `mode` in the query: busy refuses, silent never answers, once ends after a second. */
function listeningCamera(talks: Heard[]): (clock: Clock) => HttpServerHandler {
  return (clock) => (request, response) => {
    const mode = parseQuery(request.query).get('mode');
    const heard: Heard = {
      request: `${request.method} ${request.path}?${request.query}`,
      bytes: new Uint8Array(0),
      end: 'none',
      hangUp: () => response.end(),
    };
    talks.push(heard);
    request.onBody = (bytes) => {
      heard.bytes = concatBytes(heard.bytes, bytes);
    };
    request.onBodyEnd = () => {
      heard.end = 'ended';
      if (mode !== 'once') response.end();
    };
    request.onAbort = () => (heard.end = 'aborted');
    if (mode === 'silent') return;
    if (mode === 'busy') {
      response.start(409, { 'content-length': '0' });
      return response.end();
    }
    response.start(200, {});
    if (mode === 'once') clock.setTimer(() => response.end(), 1000);
  };
}

export interface Talk {
  world: SessionWorld;
  viewer: SimViewer;
  recorder: FakeRecorder;
  talks: Heard[];
  told: string[];
  logs: string[];
  onTold: ((what: string) => void) | null;
  callbacks: VoiceCallbacks;
  start(options?: VoiceOptions, id?: string): Call<number>;
}

export async function withTalk(
  body: (talk: Talk) => Promise<void>,
  recorderOptions: FakeRecorderOptions = {},
  worldOptions: Partial<SessionWorldOptions> = {},
): Promise<void> {
  const talks: Heard[] = [];
  const options = { seed: 1, isPinned: false, onRequest: listeningCamera(talks), ...worldOptions };
  await inWorld(options, async (world) => {
    const viewer = world.addViewer({ timeouts: { voiceMs: 4000 } });
    await viewer.getReady();
    const recorder = new FakeRecorder(world.clock, recorderOptions);
    const logs: string[] = [];
    viewer.onCallback = (what) => void (what.startsWith('log ') && logs.push(what));
    const told: string[] = [];
    const note = (what: string): void => {
      told.push(what);
      talk.onTold?.(what);
    };
    const talk: Talk = {
      world,
      viewer,
      recorder,
      talks,
      told,
      logs,
      onTold: null,
      callbacks: {
        onStart: () => note('start'),
        onPause: ({ inInterruption }) => note(`pause ${inInterruption}`),
        onResume: () => note('resume'),
        onStop: ({ willRestart }) => note(`stop ${willRestart}`),
      },
      start: (voiceOptions = {}, id = 'a') =>
        world.call('startVoice', viewer.module.startVoice(id, recorder, voiceOptions, talk.callbacks)),
    };
    viewer.start('a');
    await world.run(500);
    await body(talk);
    viewer.module.destroy();
    await world.run(1000);
    assert.equal(recorder.state, 'idle', 'the microphone is left open');
  });
}
