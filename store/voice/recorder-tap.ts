import type { RecorderManagerLike } from '../../p2p-core/index';

/** A recorder whose frames can be looked at on their way. */
export interface TappedRecorder {
  /** What the module gets. */
  readonly manager: RecorderManagerLike;
  /** Called with every frame before it goes on; the frame is borrowed. Null: nobody looks. */
  onFrame: ((frame: ArrayBuffer) => void) | null;
}

type Listener = (res: unknown) => void;
type Members = Record<string, ((argument?: unknown) => void) | undefined>;

const CALLS = ['start', 'stop', 'pause', 'resume'];
const EVENTS = ['Start', 'Stop', 'Pause', 'Resume', 'Error', 'InterruptionBegin', 'InterruptionEnd'];

/** There is one RecorderManager in an app, and the module must see one stand-in of it. */
const tapped = new WeakMap<object, TappedRecorder>();

/**
 * A stand-in of the app's recorder. A listener of our own would do on most platforms, but some keep only the last one that
 * was registered, and that has to be the module's.
 */
export function tapRecorder(recorder: RecorderManagerLike): TappedRecorder {
  const known = tapped.get(recorder);
  if (known !== undefined) return known;
  const members = recorder as unknown as Members;
  const manager: Members = {};
  for (const name of [
    ...CALLS,
    ...EVENTS.map((event) => `on${event}`),
    ...EVENTS.map((event) => `off${event}`),
  ]) {
    if (typeof members[name] === 'function') manager[name] = (argument) => members[name]!(argument);
  }
  const tap: TappedRecorder = { manager: manager as unknown as RecorderManagerLike, onFrame: null };
  const wrappers = new Map<unknown, Listener>();
  manager['onFrameRecorded'] = (listener) => {
    const wrapper: Listener = (res) => {
      if (tap.onFrame !== null) tap.onFrame((res as { frameBuffer: ArrayBuffer }).frameBuffer);
      (listener as Listener)(res);
    };
    wrappers.set(listener, wrapper);
    members['onFrameRecorded']!(wrapper);
  };
  if (typeof members['offFrameRecorded'] === 'function') {
    manager['offFrameRecorded'] = (listener) => {
      members['offFrameRecorded']!(wrappers.get(listener));
      wrappers.delete(listener);
    };
  }
  tapped.set(recorder, tap);
  return tap;
}
