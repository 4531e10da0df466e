import { discardTalk } from '../../../devkit/camera/talk-sink';
import type {
  CommandResult,
  RecorderManagerLike,
  VoiceCallbacks,
  VoiceDataOptions,
  VoiceOptions,
  VoiceWriter,
} from '../../../p2p-core/index';
import { fakeCamera } from '../../devkit/fake-camera';
import { FakeModule } from './fake-module';

interface PendingVoiceData {
  options: VoiceDataOptions;
  callbacks: VoiceCallbacks;
  resolve(writer: VoiceWriter): void;
  reject(cause: unknown): void;
}

/** A module whose services are the test's and whose commands the simulated camera's own code answers. */
export class FeatureModule extends FakeModule {
  /** The topic's data, or the query, of every command that was sent. */
  readonly commands: string[] = [];
  /** Commands wait for `answerNext` instead of being answered at once. */
  isSlow = false;
  /** Instead of the camera's answer. */
  answerWith: ((command: string) => CommandResult) | null = null;
  /** What the running talk was started with. */
  voice: { recorder: RecorderManagerLike; options: VoiceOptions; callbacks: VoiceCallbacks } | null = null;
  /** The pusher talks that were asked for; each waits for the test. */
  readonly voiceData: PendingVoiceData[] = [];
  private readonly waiting: (() => void)[] = [];
  private readonly camera;

  constructor(options: Parameters<typeof fakeCamera>[0] = {}) {
    super();
    this.camera = fakeCamera({ openTalkSink: discardTalk, ...options });
  }

  override sendCommand(id: string, command: string): Promise<CommandResult> {
    this.calls.push(`sendCommand ${id}`);
    this.commands.push(shortOf(command));
    const answer = (): CommandResult => {
      if (!this.services.has(id)) return failed(-2403);
      if (this.answerWith !== null) return this.answerWith(command);
      const { response } = this.camera.get(`/command?${command}`);
      const isSuccess = response.status === 200;
      const data = JSON.stringify(response.json());
      return { ...failed(isSuccess ? 0 : -2811), type: isSuccess ? 'success' : 'failure', data };
    };
    if (!this.isSlow) return Promise.resolve(answer());
    return new Promise((resolve) => this.waiting.push(() => resolve(answer())));
  }

  override startVoice(
    id: string,
    recorder: RecorderManagerLike,
    options: VoiceOptions,
    callbacks: VoiceCallbacks = {},
  ): Promise<number> {
    this.voice = { recorder, options, callbacks };
    return this.answer(`startVoice ${id}`);
  }

  override startVoiceData(
    id: string,
    options: VoiceDataOptions = {},
    callbacks: VoiceCallbacks = {},
  ): Promise<VoiceWriter> {
    this.calls.push(`startVoiceData ${id}`);
    return new Promise((resolve, reject) => this.voiceData.push({ options, callbacks, resolve, reject }));
  }

  /** False when nothing waits. */
  answerNext(): boolean {
    const answer = this.waiting.shift();
    answer?.();
    return answer !== undefined;
  }
}

export function failed(errcode: number): CommandResult {
  return { type: 'error', status: 0, data: '', errcode, errmsg: '' };
}

/** `ptz_left_press` of a user command, else the part of the query behind the channel. */
function shortOf(command: string): string {
  const cmd = /&cmd=(.*)$/.exec(command)?.[1] ?? '';
  if (!command.startsWith('action=user_define')) return cmd;
  const { topic, data } = JSON.parse(decodeURIComponent(cmd)) as {
    topic: string;
    data: { cmd?: string; index?: number };
  };
  if (topic !== 'ptz') return topic;
  return data.index === undefined ? String(data.cmd) : `${data.cmd} ${data.index}`;
}
