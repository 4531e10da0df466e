import type { CommandOptions, CommandResult, P2PModule } from '../../../p2p-core/index';
import type { RequestHandlerOptions } from '../../../devkit/camera/request-handler';
import type { Recordings } from '../../../devkit/camera/recordings';
import { CommandClient } from '../../../store/command/command-client';
import { fakeCamera } from '../../devkit/fake-camera';
import { VirtualEnvironment } from '../support/virtual-environment';

/** A module whose commands are answered by the camera's own code, or by the test. */
export class CommandWorld {
  readonly environment = new VirtualEnvironment();
  readonly sent: string[] = [];
  readonly options: (CommandOptions | undefined)[] = [];
  /** Instead of the camera. */
  answer: ((command: string) => CommandResult | Promise<CommandResult>) | null = null;
  readonly client: CommandClient;
  readonly module: P2PModule;

  constructor(options: Partial<Omit<RequestHandlerOptions, 'channels'>> & { recordings?: Recordings } = {}) {
    const camera = fakeCamera(options);
    const sendCommand = async (
      id: string,
      command: string,
      ...more: CommandOptions[]
    ): Promise<CommandResult> => {
      this.sent.push(`${id} ${command}`);
      this.options.push(more[0]);
      if (this.answer !== null) return this.answer(command);
      const { response } = camera.get(`/command?${command}`);
      const isSuccess = response.status === 200;
      return {
        type: isSuccess ? 'success' : 'failure',
        status: response.status,
        data: JSON.stringify(response.json()),
        errcode: isSuccess ? 0 : -2811,
        errmsg: '',
      };
    };
    this.module = { sendCommand, getStats: () => null } as Partial<P2PModule> as P2PModule;
    this.client = new CommandClient({ id: 'cam', module: this.module, environment: this.environment });
  }

  answerText(data: string): void {
    this.answer = () => ({ type: 'success', status: 200, data, errcode: 0, errmsg: '' });
  }

  /** The message that the last user command carried, as a camera reads it. */
  lastMessage(): unknown {
    const text = this.sent[this.sent.length - 1]!;
    return JSON.parse(decodeURIComponent(text.slice(text.indexOf('&cmd=') + '&cmd='.length)));
  }
}
