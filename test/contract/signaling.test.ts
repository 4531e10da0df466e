import { startBroker } from '../../devkit/servers/broker';
import { signalingContract } from './signaling.contract';

signalingContract({
  name: 'the embedded broker (aedes)',
  async start({ port, login }) {
    const broker = await startBroker({ host: '127.0.0.1', port, login });
    return { url: `ws://127.0.0.1:${port}/mqtt`, kill: () => broker.close() };
  },
});
