import { answer, type WxCallbacks } from './result';

type Scopes = Record<string, boolean>;

/** Asks the person at the desk. */
export type AskPermission = (scope: string) => Promise<boolean>;

/**
 * `wx.getSetting`, `wx.authorize` and `wx.openSetting`: what was refused once is not asked again, only the settings change
 * it. Forgotten with the page.
 */
export class Permissions {
  constructor(
    private readonly ask: AskPermission,
    /** Shows the settings; resolves with what is allowed when they are closed. */
    private readonly edit: (scopes: Scopes) => Promise<Scopes>,
    /** What was answered before. */
    private readonly scopes: Scopes = {},
  ) {}

  api() {
    return {
      getSetting: (options?: WxCallbacks) =>
        answer('getSetting', options, () => ({ authSetting: { ...this.scopes } })),
      authorize: (options: WxCallbacks & { scope: string }) =>
        answer('authorize', options, async () => {
          const { scope } = options;
          this.scopes[scope] ??= await this.ask(scope);
          if (!this.scopes[scope]) throw new Error('auth deny');
          return {};
        }),
      openSetting: (options?: WxCallbacks) =>
        answer('openSetting', options, async () => {
          Object.assign(this.scopes, await this.edit({ ...this.scopes }));
          return { authSetting: { ...this.scopes } };
        }),
    };
  }
}
