/** What a camera says in `status` of its answers, as strings (Tencent's list of signaling commands). */
export const DeviceStatus = {
  Accepted: '0',
  Refused: '1',
  BadRequest: '404',
  TooManyViewers: '405',
  NotSupported: '406',
} as const;
export type DeviceStatus = (typeof DeviceStatus)[keyof typeof DeviceStatus];
