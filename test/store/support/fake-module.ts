import { XP2PEventEnum, XP2PLocalEventEnum, XP2PNotify_SubType } from '../../../p2p-core/api/enums';
import type {
  CommandResult,
  DataCallback,
  InitOptions,
  LocalDownloadCallbacks,
  LocalDownloadOptions,
  P2PModule,
  ServiceCallbacks,
  StreamInfo,
  StreamParams,
  VoiceWriter,
} from '../../../p2p-core/api/types';

type Answer = (value: number) => void;

/** A promise that the test settles. */
interface Pending {
  call: string;
  resolve: Answer;
  reject: (cause: unknown) => void;
}

/**
 * A module whose every answer and notice is the test's. With `isObliging` it answers 0 by itself. It keeps the guide's
 * rule that a service has to be stopped before it is started again.
 */
export class FakeModule implements P2PModule {
  readonly XP2PVersion = 'fake';
  readonly XP2PEventEnum = XP2PEventEnum;
  readonly XP2PLocalEventEnum = XP2PLocalEventEnum;
  readonly XP2PNotify_SubType = XP2PNotify_SubType;

  /** Calls in order, e.g. `startStream cam live.flv?a=1`. */
  readonly calls: string[] = [];
  readonly pending: Pending[] = [];
  readonly services = new Map<string, ServiceCallbacks>();
  readonly streams = new Map<string, DataCallback>();
  isObliging = true;
  initOptions: InitOptions | null = null;

  init(options: InitOptions): Promise<number> {
    this.initOptions = options;
    return this.answer('init');
  }

  resetP2P(): Promise<number> {
    this.services.clear();
    this.streams.clear();
    return this.answer('resetP2P');
  }

  destroy(): void {
    this.calls.push('destroy');
    this.services.clear();
    this.streams.clear();
  }

  getUUID(): string {
    return 'uuid';
  }

  startP2PService(id: string, _info: StreamInfo, callbacks: ServiceCallbacks): Promise<number> {
    if (this.services.has(id)) {
      this.calls.push(`startP2PService ${id} refused`);
      return Promise.resolve(-2401);
    }
    this.services.set(id, callbacks);
    return this.answer(`startP2PService ${id}`);
  }

  updateServiceCallbacks(): number {
    return 0;
  }

  stopP2PService(id: string): void {
    this.calls.push(`stopP2PService ${id}`);
    this.services.delete(id);
    this.streams.delete(id);
  }

  startStream(id: string, { flv, dataCallback }: StreamParams): Promise<number> {
    const { filename = '', params = '' } = flv ?? {};
    if (this.streams.has(id)) {
      this.calls.push(`startStream ${id} refused`);
      return Promise.resolve(-2401);
    }
    this.streams.set(id, dataCallback);
    return this.answer(`startStream ${id} ${filename}?${params}`);
  }

  stopStream(id: string): void {
    this.calls.push(`stopStream ${id}`);
    if (!this.streams.delete(id)) return;
    this.notify(id, 'close');
  }

  sendCommand(_id: string, _command: string): Promise<CommandResult> {
    throw new Error('not used by players');
  }

  startVoice(id: string, ..._more: unknown[]): Promise<number> {
    return this.answer(`startVoice ${id}`);
  }

  startVoiceData(..._all: unknown[]): Promise<VoiceWriter> {
    throw new Error('not used by players');
  }

  stopVoice(id: string): void {
    this.calls.push(`stopVoice ${id}`);
  }

  startLocalDownload(
    id: string,
    { urlParams }: LocalDownloadOptions,
    _callbacks?: LocalDownloadCallbacks,
  ): Promise<number> {
    return this.answer(`startLocalDownload ${id} ${urlParams}`);
  }

  stopLocalDownload(id: string): void {
    this.calls.push(`stopLocalDownload ${id}`);
  }

  notify(id: string, subtype: string, detail: unknown = {}): void {
    this.services.get(id)?.msgCallback('notify', subtype, detail);
  }

  /** Settles the oldest unanswered call whose text starts so. */
  settle(call: string, result: number | { reject: unknown } = 0): void {
    const index = this.pending.findIndex((each) => each.call.startsWith(call));
    const [found] = index < 0 ? [] : this.pending.splice(index, 1);
    if (!found)
      throw new Error(`no pending ${call}; pending: ${this.pending.map((each) => each.call).join(', ')}`);
    if (typeof result === 'number') found.resolve(result);
    else found.reject(result.reject);
  }

  /** Answer the next calls by hand. */
  hold(): void {
    this.isObliging = false;
  }

  count(call: string): number {
    return this.calls.filter((each) => each.startsWith(call)).length;
  }

  protected answer(call: string): Promise<number> {
    this.calls.push(call);
    if (this.isObliging) return Promise.resolve(0);
    return new Promise((resolve, reject) => this.pending.push({ call, resolve, reject }));
  }
}
