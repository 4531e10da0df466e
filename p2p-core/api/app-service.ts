import type { Log } from '../port/port';
import { guarded } from '../session/guard';
import { XP2PEventEnum } from './enums';
import type { ServiceStats } from './stats';
import type { DataCallback, ServiceCallbacks, StreamInfo } from './types';

/** What runs under one id of the app, whatever it is: the app's callbacks, and one media stream at a time. */
export abstract class AppService {
  protected isStopped = false;
  protected callbacks: ServiceCallbacks;

  constructor(
    protected readonly log: Log,
    private readonly info: StreamInfo,
    callbacks: ServiceCallbacks,
  ) {
    this.callbacks = { ...callbacks };
  }

  abstract readonly isStreaming: boolean;

  /** Resolves with 0, or -2402 whatever the cause was; the cause goes to the log and to `fail`. */
  abstract startStream(
    flv: { filename: string; params: string } | undefined,
    dataCallback: DataCallback | null,
  ): Promise<number>;
  abstract stopStream(): void;
  abstract stats(): ServiceStats;
  /** Ends everything of this id; no callback is called any more. */
  abstract drop(): void;

  /** Ends everything of this id without a `disconnect`; the app is told that its stream is closed. */
  stop(): void {
    if (this.isStopped) return;
    this.stopStream();
    this.drop();
  }

  /** The module is about to be reset, and whatever runs with it: the app is told. */
  onReset(): void {}

  /** The network may be another one: what has a connection sees to it. */
  onNetworkChange(): void {}

  updateCallbacks(callbacks: Partial<ServiceCallbacks>): void {
    const { msgCallback, dataCallback } = callbacks;
    if (msgCallback) this.callbacks.msgCallback = msgCallback;
    if (dataCallback) this.callbacks.dataCallback = dataCallback;
  }

  /** A copy of what the app gave; what is secret in it is left out of logs and JSON. */
  get streamInfo(): StreamInfo {
    const { xp2pInfo, swarm, ...shown } = this.info;
    if (xp2pInfo !== undefined) Object.defineProperty(shown, 'xp2pInfo', { value: xp2pInfo });
    if (swarm !== undefined) Object.defineProperty(shown, 'swarm', { value: swarm });
    return shown;
  }

  /** To the app's log callback only. */
  tell(message: string): void {
    this.emit(XP2PEventEnum.Log, '', message);
  }

  protected say(message: string): void {
    this.log('info', message);
    this.tell(message);
  }

  protected notify(subtype: string, detail: object): void {
    this.emit(XP2PEventEnum.Notify, subtype, detail);
  }

  protected emit(event: string, subtype: string, detail: unknown): void {
    if (this.isStopped) return;
    const { msgCallback } = this.callbacks;
    guarded(this.log, 'msgCallback', () => msgCallback(event, subtype, detail));
  }
}
