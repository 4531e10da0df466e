import { Permissions } from '../runtime/wx/permissions';
import { askModal } from './ui-api';

const SCOPES: Record<string, { zh: string; en: string }> = {
  'scope.record': { zh: '麦克风', en: 'the microphone' },
  'scope.camera': { zh: '摄像头', en: 'the camera' },
  'scope.writePhotosAlbum': { zh: '添加到相册', en: 'adding to the album' },
};

/** The questions that WeChat asks for the mini program, as dialogs in the phone. */
export function createPermissions(
  overlay: HTMLElement,
  isEnglish: boolean,
  refused: readonly string[],
): Permissions {
  const ask = async (scope: string, title: string): Promise<boolean> => {
    const name = SCOPES[scope]?.[isEnglish ? 'en' : 'zh'] ?? scope;
    const { confirm } = await askModal(overlay, {
      title,
      content: isEnglish ? `Allow ${name}?` : `允许使用${name}？`,
      confirmText: isEnglish ? 'Allow' : '允许',
      cancelText: isEnglish ? 'Refuse' : '拒绝',
    });
    return confirm;
  };
  return new Permissions(
    (scope) => ask(scope, isEnglish ? 'The mini program asks' : '小程序申请'),
    async (scopes) => {
      const edited: Record<string, boolean> = {};
      for (const scope of Object.keys(scopes))
        edited[scope] = await ask(scope, isEnglish ? 'Settings' : '设置');
      return edited;
    },
    Object.fromEntries(refused.map((scope) => [scope, false])),
  );
}
