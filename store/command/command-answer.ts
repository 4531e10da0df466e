import { ErrCode, P2PError } from '../../p2p-core/index';
import type { CommandResult } from '../../p2p-core/index';

/** What cameras say in `status` of an answer (Tencent's list of signaling commands), as numbers. */
export const DeviceStatus = {
  Accepted: 0,
  /** Refused, or busy. */
  Refused: 1,
  BadRequest: 404,
  TooMany: 405,
  NotSupported: 406,
} as const;

/** How commands reject: `status` is that of the camera's answer, 0 where it gave none. */
export type CommandError = P2PError & { status: number };

export type JsonObject = Record<string, unknown>;

export function commandError(errcode: ErrCode, errmsg: string, status = 0): CommandError {
  return Object.assign(new P2PError(errcode, errmsg), { status });
}

/** The JSON of an answer; throws a CommandError. `cmd` names the command in the error's text. */
export function readAnswer(cmd: string, result: CommandResult): unknown {
  const { type, status = 0, data } = result;
  if (type !== 'success') {
    if (type === 'failure') {
      throw commandError(ErrCode.HttpStatus, `${cmd}: the camera answered with status ${status}`, status);
    }
    // A module may leave the code out.
    const errcode = result.errcode || (type === 'timeout' ? ErrCode.Timeout : ErrCode.LinkLost);
    throw commandError(errcode as ErrCode, `${cmd}: ${result.errmsg || type}`);
  }
  if (typeof data !== 'string') throw badAnswer(cmd, 'no text');
  try {
    // Cameras written in C send the zero at the end of a string along.
    return JSON.parse(data.replace(/\0+\s*$/, ''));
  } catch {
    throw badAnswer(cmd, `no JSON (${data.length} characters)`);
  }
}

/** The object of an answer whose status, if it has one, is 0. Some cameras wrap their only object in a list. */
export function acceptedAnswer(cmd: string, answer: unknown): JsonObject {
  const object = objectOf(cmd, answer);
  const status = numberOf(object['status']);
  if (status !== null && status !== DeviceStatus.Accepted) {
    throw commandError(ErrCode.CommandRefused, `${cmd}: the camera answered with status ${status}`, status);
  }
  return object;
}

export function objectOf(cmd: string, answer: unknown): JsonObject {
  const object: unknown = Array.isArray(answer) && answer.length === 1 ? answer[0] : answer;
  if (isObject(object)) return object;
  throw badAnswer(cmd, 'no object');
}

export function listOf(cmd: string, list: unknown): JsonObject[] {
  if (!Array.isArray(list)) throw badAnswer(cmd, 'no list');
  return list.filter(isObject);
}

export function badAnswer(cmd: string, what: string): CommandError {
  return commandError(ErrCode.ProtocolViolation, `${cmd}: the camera's answer is ${what}`);
}

/** Cameras send numbers as numbers or as text; null for anything else. */
export function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : null;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
