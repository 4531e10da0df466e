import { Ptz } from './ptz';
import type { PtzPanel } from './ptz-panel';

/** What an app must find in the answer to know which request it belongs to. */
export interface TopicEcho {
  topic: string;
  message_id?: unknown;
}

/** What the channels of one camera share. */
export interface CameraBody {
  version: string;
  bind_status: string;
  /** Forgets all recordings. */
  formatCard(): void;
}

const OK = { result: 0 };
const FAILED = { result: 1 };
const WORK_STATES = ['working', 'standby'];
const INTERCOM_STATES = ['using', 'unused'];
const MIRROR_FLIPS = ['normal', 'mirror', 'flip', 'mirror_flip'];
/** What a real camera behind the agent cannot be asked for: saying yes would be a lie. */
const SIMULATED_TOPICS = ['Mirror_flip', 'upgrade', 'sd_format', 'bind_status'];
const BIND_STATES = ['bound', 'unbound'];
const VERSION = /^\d{1,5}(?:\.\d{1,5}){1,3}$/;

/**
 * The `user_define` commands of Tencent's reference panel, `{ topic, message_id, data }`, and the state of one channel that
 * they change: `ptz`, `get_status`, `set_status`, `Mirror_flip`, `intercom`; and that of the whole camera: `version`,
 * `upgrade`, `sd_format`, `bind_status`. `result` is 0, or 1 for data that makes no sense; what was asked for comes in
 * `data`, but the fields of `ptz` lie beside `result`. In standby the channel starts no live stream. The picture of the
 * simulated camera does not turn or mirror. An upgrade to `data.version` changes the version that the camera tells.
 * `sd_format` forgets the recordings, whose files stay where they are; what is being sent goes on. `bind_status` tells the
 * state, or takes that of `data.status`, `bound` or `unbound` (values of ours: apps keep the binding in the cloud). Of a real
 * camera only `ptz`, `get_status`, `set_status`, `intercom` and `version` are known.
 */
export class UserTopics {
  private readonly state = { status: 'working', Mirror_flip: 'normal', intercom: 'unused' };

  /** `ptz`: null, nothing turns this camera; missing, it is a simulated one. */
  constructor(
    private readonly body: CameraBody,
    private readonly ptz: PtzPanel | null = new Ptz(),
    private readonly isSimulated = true,
  ) {}

  get isStandby(): boolean {
    return this.state.status === 'standby';
  }

  /** Null for a topic that this camera does not know. `data` is what the app sent, of any kind. */
  answer(echo: TopicEcho, data: unknown, viewerId: number): object | null | Promise<object> {
    const fields = Object(data) as Record<string, unknown>;
    if (!this.isSimulated && SIMULATED_TOPICS.includes(echo.topic)) return null;
    const answer =
      echo.topic === 'ptz'
        ? (this.ptz?.command(fields['cmd'], fields['index'], viewerId) ?? null)
        : this.answerTopic(echo.topic, fields);
    if (answer instanceof Promise) return answer.then((fieldsOf) => ({ ...echo, ...fieldsOf }));
    return answer === null ? null : { ...echo, ...answer };
  }

  private answerTopic(topic: string, data: Record<string, unknown>): object | null {
    switch (topic) {
      case 'get_status':
        return { ...OK, data: { ...this.state } };
      case 'set_status':
        return this.set('status', data['status'], WORK_STATES);
      case 'intercom':
        return this.set('intercom', data['status'], INTERCOM_STATES);
      case 'Mirror_flip':
        return this.set('Mirror_flip', data['status'], MIRROR_FLIPS);
      case 'version':
        return this.of('version');
      case 'upgrade':
        return this.change('version', data['version'], (version) => VERSION.test(version));
      case 'sd_format':
        this.body.formatCard();
        return OK;
      case 'bind_status':
        if (data['status'] === undefined) return this.of('bind_status');
        return this.change('bind_status', data['status'], (status) => BIND_STATES.includes(status));
      default:
        return null;
    }
  }

  private of(field: 'version' | 'bind_status'): object {
    return { ...OK, data: { [field === 'version' ? 'version' : 'status']: this.body[field] } };
  }

  private change(
    field: 'version' | 'bind_status',
    value: unknown,
    isAllowed: (value: string) => boolean,
  ): object {
    if (typeof value !== 'string' || !isAllowed(value)) return FAILED;
    this.body[field] = value;
    return this.of(field);
  }

  private set(field: keyof typeof this.state, value: unknown, allowed: readonly string[]): object {
    if (typeof value !== 'string' || !allowed.includes(value)) return FAILED;
    this.state[field] = value;
    return { ...OK, data: { status: value } };
  }
}
