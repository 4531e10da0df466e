import type { DeviceFile } from '../command/device-commands';
import { MAX_FILE_BYTES, MAX_TOTAL_BYTES } from './file-store';

/**
 * `waiting`: in the queue, or until the next try. `done`: every byte is in the file. `failed`: with its reason; `resume` tries
 * again.
 */
export type DownloadPhase = 'waiting' | 'running' | 'paused' | 'done' | 'failed';
export type DownloadProblem =
  | 'none'
  | 'tooLarge'
  | 'noSpace'
  | 'link'
  | 'refused'
  | 'storage'
  | 'incomplete'
  /** Another hash than the camera's: nothing of it was kept. */
  | 'damaged';

export interface DownloadItem extends DeviceFile {
  readonly path: string;
  readonly phase: DownloadPhase;
  readonly problem: DownloadProblem;
  /** In the file, or about to be. */
  readonly receivedBytes: number;
  /** In a row, without a byte between them. */
  readonly failures: number;
}

export interface DownloadState {
  /** In the order in which they were asked for; one runs at a time. */
  readonly items: readonly DownloadItem[];
  /** One per start; what comes with another one is late. */
  readonly epoch: number;
  /** The next try waits for its timer. */
  readonly isBackingOff: boolean;
  /** Kept by the app, and not by what is in the list. */
  readonly otherBytes: number;
  readonly isDestroyed: boolean;
}

export type DownloadEvent =
  /** `receivedBytes`: what an earlier run of the app left of it; `otherBytes`: what else the app keeps. */
  | { type: 'add'; file: DeviceFile; path: string; receivedBytes: number; otherBytes: number }
  /** What the app keeps besides was counted. */
  | { type: 'counted'; otherBytes: number }
  | { type: 'pause' | 'resume' | 'cancel'; fileName: string }
  | { type: 'progress'; epoch: number; receivedBytes: number }
  /** The running one ended; `none` with every byte. */
  | { type: 'ended'; epoch: number; problem: DownloadProblem; receivedBytes: number }
  | { type: 'retryDue' }
  | { type: 'destroy' };

export type DownloadEffect =
  | { run: 'start'; epoch: number; item: DownloadItem }
  | { run: 'stop' }
  | { run: 'armRetry'; delayMs: number }
  | { run: 'disarmRetry' }
  /** Deletes what is there of it. */
  | { run: 'remove'; item: DownloadItem }
  | { run: 'tell'; item: DownloadItem }
  /** Once, last. */
  | { run: 'release' };

export const INITIAL_DOWNLOAD_STATE: DownloadState = {
  items: [],
  epoch: 0,
  isBackingOff: false,
  otherBytes: 0,
  isDestroyed: false,
};

const RETRY_MS = [1000, 3000, 10_000];

type Step = readonly [DownloadState, readonly DownloadEffect[]];

/** The queue of downloads as a pure machine. An event that means nothing gives the same state back. */
export function downloadStep(state: DownloadState, event: DownloadEvent): Step {
  if (state.isDestroyed) return [state, []];
  switch (event.type) {
    case 'add':
      return add({ ...state, otherBytes: event.otherBytes }, event.file, event.path, event.receivedBytes);
    case 'counted':
      return [{ ...state, otherBytes: event.otherBytes }, []];
    case 'pause':
    case 'resume':
    case 'cancel': {
      const item = state.items.find(({ fileName }) => fileName === event.fileName);
      return item === undefined ? [state, []] : change(state, item, event.type);
    }
    case 'progress': {
      const item = runningOf(state);
      if (item === undefined || event.epoch !== state.epoch) return [state, []];
      return [replace(state, { ...item, receivedBytes: event.receivedBytes, failures: 0 }), []];
    }
    case 'ended':
      return event.epoch === state.epoch ? ended(state, event.problem, event.receivedBytes) : [state, []];
    case 'retryDue':
      return state.isBackingOff ? startNext({ ...state, isBackingOff: false }, []) : [state, []];
    case 'destroy': {
      const effects: DownloadEffect[] = [{ run: 'disarmRetry' }];
      if (runningOf(state) !== undefined) effects.push({ run: 'stop' });
      return [{ ...state, isDestroyed: true }, [...effects, { run: 'release' }]];
    }
  }
}

export function runningOf({ items }: DownloadState): DownloadItem | undefined {
  return items.find(({ phase }) => phase === 'running');
}

/** What the platform would say to this file, before a byte of it is asked for. */
export function limitOf(
  { items, otherBytes }: DownloadState,
  { fileName, fileBytes }: DeviceFile,
): 'none' | 'tooLarge' | 'noSpace' {
  if (fileBytes > MAX_FILE_BYTES) return 'tooLarge';
  const heldBytes = items
    .filter((item) => item.phase !== 'failed' && item.fileName !== fileName)
    .reduce((sum, item) => sum + item.fileBytes, otherBytes);
  return heldBytes + fileBytes > MAX_TOTAL_BYTES ? 'noSpace' : 'none';
}

function replace(state: DownloadState, item: DownloadItem): DownloadState {
  return { ...state, items: state.items.map((each) => (each.fileName === item.fileName ? item : each)) };
}

function add(state: DownloadState, file: DeviceFile, path: string, receivedBytes: number): Step {
  if (state.items.some(({ fileName }) => fileName === file.fileName)) return [state, []];
  const item: DownloadItem = { ...file, path, receivedBytes, phase: 'waiting', problem: 'none', failures: 0 };
  return queue({ ...state, items: [...state.items, item] }, item);
}

/** Puts an item of the list into the queue, unless the platform would refuse to keep it. */
function queue(state: DownloadState, item: DownloadItem): Step {
  const problem = limitOf(state, item);
  const phase = problem === 'none' ? 'waiting' : 'failed';
  const next: DownloadItem = { ...item, phase, problem, failures: 0 };
  return startNext(replace(state, next), phase === 'failed' ? [{ run: 'tell', item: next }] : []);
}

/** The oldest one that waits, if none runs. */
function startNext(state: DownloadState, effects: readonly DownloadEffect[]): Step {
  const waiting = state.items.find(({ phase }) => phase === 'waiting');
  if (waiting === undefined || state.isBackingOff || runningOf(state) !== undefined) return [state, effects];
  const item: DownloadItem = { ...waiting, phase: 'running', problem: 'none' };
  const epoch = state.epoch + 1;
  return [{ ...replace(state, item), epoch }, [...effects, { run: 'start', epoch, item }]];
}

function change(state: DownloadState, item: DownloadItem, action: 'pause' | 'resume' | 'cancel'): Step {
  const { phase } = item;
  if (action === 'resume') {
    return phase === 'paused' || phase === 'failed' ? queue(state, item) : [state, []];
  }
  const isActive = phase === 'waiting' || phase === 'running';
  if (action === 'pause' && !isActive) return [state, []];
  const effects: DownloadEffect[] = phase === 'running' ? [{ run: 'stop' }] : [];
  // What the stopped one still says is late.
  const epoch = phase === 'running' ? state.epoch + 1 : state.epoch;
  if (action === 'pause') {
    return startNext({ ...replace(state, { ...item, phase: 'paused' }), epoch }, effects);
  }
  const items = state.items.filter((each) => each !== item);
  return startNext({ ...state, items, epoch }, [...effects, { run: 'remove', item }]);
}

function ended(state: DownloadState, problem: DownloadProblem, receivedBytes: number): Step {
  const running = runningOf(state);
  if (running === undefined) return [state, []];
  const hasMoved = receivedBytes > running.receivedBytes;
  const failures = problem === 'none' || hasMoved ? 0 : running.failures;
  const item: DownloadItem = { ...running, receivedBytes, problem, failures };
  const delayMs = RETRY_MS[failures];
  // A link comes back, and a file that broke off goes on; the rest would fail again.
  if ((problem === 'link' || problem === 'incomplete') && delayMs !== undefined) {
    const next = replace(state, { ...item, phase: 'waiting', failures: failures + 1 });
    return [{ ...next, isBackingOff: true }, [{ run: 'armRetry', delayMs }]];
  }
  const over: DownloadItem = { ...item, phase: problem === 'none' ? 'done' : 'failed' };
  return startNext(replace(state, over), [{ run: 'tell', item: over }]);
}
