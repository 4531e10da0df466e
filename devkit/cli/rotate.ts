import { rotateIdentity } from '../camera/identity';
import type { Command } from './command';

export const rotateCommand: Command = {
  name: 'rotate',
  summary: 'give a camera a new identity: the xp2pInfo of before opens it no more',
  help: `usage: iot-p2p rotate FILE

Replaces what \`iot-p2p camera --state FILE\` keeps: peer name, secret and key. Restart the camera; the xp2pInfo that it
prints then is the only one that works. Whoever has the old one finds nobody, and can open nothing that he recorded.`,
  options: {},
  positionals: ['FILE'],
  run(_values, [file = ''], context) {
    rotateIdentity(file);
    context.err(`${file} has a new identity: restart the camera`);
    return Promise.resolve(0);
  },
};
