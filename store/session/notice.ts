import { ErrCode, isErrorResult, toErrorResult } from '../../p2p-core/index';
import type { ErrorResult } from '../../p2p-core/index';

/** A 'notify' of the module with the parts of its detail that matter. */
export interface Notice {
  /** One of `XP2PNotify_SubType`; unknown ones are ignored. */
  subtype: string;
  /** Of 'parsed': the HTTP status, 0 where the module does not tell. */
  status: number;
  /** Of 'disconnect' and 'fail', where the module tells. */
  error: ErrorResult | null;
}

/** Takes from a notify's detail what the stores use; every part is optional, and modules differ. */
export function readNotice(subtype: string, detail: unknown): Notice {
  const status = (detail as { status?: unknown } | null | undefined)?.status;
  return {
    subtype,
    status: typeof status === 'number' ? status : 0,
    error: isErrorResult(detail) ? toErrorResult(detail, ErrCode.LinkLost) : null,
  };
}
