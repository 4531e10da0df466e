import type { OnvifCamera } from './onvif';
import type { TagSupply } from './tag-supply';

/**
 * The stream of an ONVIF camera, whose address is asked for at each start: it may have moved. `stream`: the first profile, or
 * the second, which is the small one where there are several.
 */
export function createOnvifSupply(
  camera: Pick<OnvifCamera, 'profiles' | 'streamUrl'>,
  stream: 'main' | 'small',
  { name, open }: { name: string; open: (rtspUrl: string) => TagSupply },
): TagSupply {
  return {
    name,
    start(handler) {
      let isOver = false;
      let stop = (): void => {};
      const find = async (): Promise<string> => {
        const profiles = await camera.profiles();
        const profile = (stream === 'main' ? undefined : profiles[1]) ?? profiles[0];
        if (profile === undefined) throw new Error('it has no profile');
        return camera.streamUrl(profile.token);
      };
      find().then(
        (url) => {
          if (!isOver) stop = open(url).start(handler);
        },
        (error: Error) => {
          if (!isOver) handler.onEnd(`ONVIF: ${error.message}`);
        },
      );
      return () => {
        isOver = true;
        stop();
      };
    },
  };
}
