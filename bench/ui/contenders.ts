import type { ProjectFile } from '../../devkit/preview/project';

/** The built component, and one that calls setData for every chunk. */
export const OURS = 'components/iot-p2p-common-player/iot-p2p-common-player';
export const NAIVE = 'naive-player';

/** Stands for the player plugin: takes what the component says and does nothing. */
export const PLUGIN_COMPONENTS = {
  'p2p-player': {
    wxml: '<slot/>',
    properties: {
      mode: String,
      autoplay: Boolean,
      muted: Boolean,
      orientation: String,
      objectFit: String,
      minCache: Number,
      maxCache: Number,
      soundMode: String,
    },
  },
};

/** A mini program whose templates are compiled; plain data, so that another process can run it. */
export interface PreparedProject {
  root: string;
  builtinTemplates: string;
  pluginTemplates: string;
  templates: string;
  files: [string, ProjectFile][];
}

/** What a run tells its parent. */
export interface UiFigures {
  oursMicroseconds: number;
  naiveMicroseconds: number;
  oursSetDataOnMediaPath: number;
  naiveSetDataPerChunk: number;
  /** In steady live, with the panel of statistics closed and open. */
  steadySetDataPerSecond: number;
  panelSetDataPerSecond: number;
}
