import type { Log, LogLevel } from '../../p2p-core/port/port';
import { withoutSecrets } from '../camera/source-url';
import type { CliContext } from './command';

/** What one camera of the agent says. */
export interface AgentLog {
  /** Warnings and errors always, the rest when verbose. */
  log: Log;
  /** What is said in any case. */
  notice(message: string): void;
}

export interface AgentLogOptions {
  format: 'text' | 'json';
  isVerbose: boolean;
  /** Written in front, or as the field `camera`. */
  camera: string;
  /** In text, whether `log` names the camera: there are several. */
  isNamed: boolean;
  wallMs: () => number;
}

/**
 * Writes what happens to standard error: lines for people, or one JSON object a line with `time` (ISO 8601), `level`, `camera`
 * and `message`. Whatever is a URL in a message loses user, password and query.
 */
export function createAgentLog(context: Pick<CliContext, 'err'>, options: AgentLogOptions): AgentLog {
  const { format, isVerbose, camera, isNamed, wallMs } = options;
  const write = (level: LogLevel, text: string, asText: string): void => {
    const message = withoutSecrets(text);
    if (format === 'text') return context.err(`${asText}${message}`);
    context.err(JSON.stringify({ time: new Date(wallMs()).toISOString(), level, camera, message }));
  };
  return {
    log(level, message) {
      if (!isVerbose && level !== 'warn' && level !== 'error') return;
      write(level, message, isNamed ? `${level}: ${camera}: ` : `${level}: `);
    },
    notice: (message) => write('info', message, `${camera}: `),
  };
}
