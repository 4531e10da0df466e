import type { PermissionPort } from '../../store/index';

type Settings = Record<string, boolean | undefined>;

/** The permissions of the mini program. */
export const wxPermission: PermissionPort = {
  request: (scope) =>
    new Promise((resolve) => {
      const ask = (): void =>
        void wx.authorize({ scope, success: () => resolve(true), fail: () => resolve(false) });
      wx.getSetting({
        success({ authSetting }) {
          const isAllowed = (authSetting as Settings)[scope];
          // After a refusal `authorize` fails at once, without asking.
          if (isAllowed === undefined) ask();
          else resolve(isAllowed);
        },
        fail: ask,
      });
    }),

  openSettings: (scope) =>
    new Promise((resolve) => {
      wx.openSetting({
        success: ({ authSetting }) => resolve((authSetting as Settings)[scope] === true),
        fail: () => resolve(false),
      });
    }),
};
