import { rotateIdentity } from '../camera/identity';
import { stringOption } from './command';
import type { Command } from './command';

export const rotateCommand: Command = {
  name: 'rotate',
  summary: 'give a camera a new identity: the xp2pInfo of before opens it no more',
  help: `usage: iot-p2p rotate FILE [--name NAME]

Replaces what \`iot-p2p camera --state FILE\` keeps: peer name, secret and key, of every xp2pInfo. Restart the camera,
or send it SIGHUP; those that it prints then are the only ones that work. Whoever has an old one finds nobody, and can open nothing that he recorded.

  --name NAME   only the one of this grant, such as guest, or owner`,
  options: { name: { type: 'string' } },
  positionals: ['FILE'],
  run(values, [file = ''], context) {
    const name = stringOption(values, 'name');
    rotateIdentity(file, name);
    context.err(
      `${file} has a new identity${name === undefined ? '' : ` for ${name}`}: restart the camera, or send it SIGHUP`,
    );
    return Promise.resolve(0);
  },
};
