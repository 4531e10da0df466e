import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { tick } from '../support/component-host';
import { CAMERA, COMMON, nativePlayer, PlayerHost } from './support/player-host';

interface PackageRoot {
  addLocale(name: string, texts: Record<string, string>): void;
}

describe('a language of the app', () => {
  let world: PlayerHost;
  beforeEach(() => {
    world = new PlayerHost([COMMON]);
  });
  afterEach(() => world.dispose());

  test('that app.js added is spoken by components, with English for what it does not say', async () => {
    const { addLocale } = world.host.require<PackageRoot>('index.js');
    addLocale('pt', { 'status.connecting': 'Conectando à câmera…' });

    const player = world.render(COMMON, { ...CAMERA, language: 'pt-BR' });
    await tick();
    assert.match(player.text(), /Getting ready…/);
    nativePlayer(player).trigger('playerReady', world.readyDetail());
    await tick();

    assert.match(player.text(), /Conectando à câmera…/);
  });
});
