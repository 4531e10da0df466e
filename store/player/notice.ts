import { ErrCode, isErrorResult, toErrorResult } from '../../p2p-core/index';
import type { Notice } from './player-event';

/** Takes from a notify's detail what the machine uses; every part is optional, and modules differ. */
export function readNotice(subtype: string, detail: unknown): Notice {
  const status = (detail as { status?: unknown } | null | undefined)?.status;
  return {
    subtype,
    status: typeof status === 'number' ? status : 0,
    error: isErrorResult(detail) ? toErrorResult(detail, ErrCode.LinkLost) : null,
  };
}
