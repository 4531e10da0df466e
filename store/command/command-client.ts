import { ErrCode, toErrorResult } from '../../p2p-core/index';
import type { CommandOptions, CommandResult, P2PModule, Timeouts } from '../../p2p-core/index';
import type { Environment } from '../environment';
import { guardMs } from '../module-result';
import { acceptedAnswer, badAnswer, commandError, isObject, objectOf, readAnswer } from './command-answer';
import type { JsonObject } from './command-answer';
import { innerCommand, userCommand } from './command-text';
import type { CommandParams } from './command-text';

const DEFAULT_TIMEOUT_MS = 10_000;

/** The service that commands go to: a started one. */
export interface CommandTarget {
  readonly id: string;
  readonly module: P2PModule;
  readonly environment: Environment;
  /** Of the module, where the app has set them. */
  readonly timeouts?: Timeouts;
}

export interface SendOptions extends CommandOptions {
  /** Default 0. */
  channel?: number;
}

type Settle = (result: CommandResult) => void;

/**
 * Commands to one camera. Everything that waits ends: by the answer, by its timeout (10 s, or what `timeouts` allows) or by `close`, with
 * -2810. The service may come and go meanwhile; without it a command fails with the module's code.
 */
export class CommandClient {
  private readonly pending = new Set<Settle>();
  private nextMessageId: number;

  constructor(private readonly target: CommandTarget) {
    // Two clients of one camera, and one before and after a restart of the app, must not use the same ids.
    this.nextMessageId = 1 + Math.floor(target.environment.random() * 1e9);
  }

  /** The raw command, as the guide has it. Never rejects: what goes wrong is a result of type 'error' or 'timeout'. */
  sendCommand(command: string, options: CommandOptions = {}): Promise<CommandResult> {
    const { environment, timeouts = {} } = this.target;
    // Without a time of its own a command waits as long as the module does, which then says more.
    const { timeoutMs = guardMs(DEFAULT_TIMEOUT_MS, timeouts.commandMs) } = options;
    return new Promise((resolve) => {
      const settle: Settle = (result) => {
        if (!this.pending.delete(settle)) return;
        environment.clearTimer(timer);
        resolve(result);
      };
      const timer = environment.setTimer(
        () => settle(failed('timeout', ErrCode.Timeout, `no answer within ${timeoutMs} ms`)),
        timeoutMs,
      );
      this.pending.add(settle);
      this.ask(command, options).then(settle, (cause: unknown) => {
        const { errcode, errmsg } = toErrorResult(cause, ErrCode.ServiceNotStarted);
        settle(failed('error', errcode, errmsg));
      });
    });
  }

  /** An `inner_define` command. Resolves with the JSON of its answer, whatever its status; rejects with CommandError. */
  async sendInnerCommand(
    cmd: string,
    params: CommandParams = {},
    options: SendOptions = {},
  ): Promise<unknown> {
    return readAnswer(cmd, await this.sendCommand(innerCommand(options.channel || 0, cmd, params), options));
  }

  /**
   * A `user_define` command: any JSON. An object gets a `message_id` unless it has one, and an answer with another one is
   * not taken for its own. Resolves with the answer's object; rejects with CommandError, also for a status but 0.
   */
  async sendUserCommand(message: unknown, options: SendOptions = {}): Promise<JsonObject> {
    let sent = message;
    let topic = 'user_define';
    if (isObject(message)) {
      if (typeof message['topic'] === 'string') topic = message['topic'];
      if (message['message_id'] === undefined) sent = { ...message, message_id: this.nextMessageId++ };
    }
    const text = userCommand(options.channel || 0, sent);
    if (text === null) throw commandError(ErrCode.BadArgument, `${topic}: the message has no JSON`);
    const answer = objectOf(topic, readAnswer(topic, await this.sendCommand(text, options)));
    const answeredId = answer['message_id'];
    // Cameras may leave the id out, or send a number as text.
    if (isObject(sent) && answeredId !== undefined && String(answeredId) !== String(sent['message_id'])) {
      throw badAnswer(topic, 'that of another message');
    }
    return acceptedAnswer(topic, answer);
  }

  /** Ends all that waits; commands may be sent again afterwards. */
  close(): void {
    for (const settle of [...this.pending]) settle(failed('error', ErrCode.Aborted, 'it was given up'));
  }

  /**
   * The guide knows two arguments: a third one goes where it is needed, and only to modules that go beyond the guide
   * themselves. On a plugin an answer is text, and waits as long as the plugin does.
   */
  private async ask(
    command: string,
    { timeoutMs = 0, responseType }: CommandOptions,
  ): Promise<CommandResult> {
    const { module, id } = this.target;
    const isLong = timeoutMs > DEFAULT_TIMEOUT_MS;
    if (!module.getStats || (!isLong && responseType === undefined)) return module.sendCommand(id, command);
    return module.sendCommand(id, command, {
      ...(isLong ? { timeoutMs } : {}),
      ...(responseType === undefined ? {} : { responseType }),
    });
  }
}

function failed(type: 'error' | 'timeout', errcode: number, errmsg: string): CommandResult {
  return { type, status: 0, data: '', errcode, errmsg };
}
