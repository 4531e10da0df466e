const { configureP2P } = require('iot-p2p-player');

// Some systems kill the player plugin's local server in the background; this starts it again.
configureP2P({ resetLocalServer: () => requirePlugin('wechat-p2p-player').reset() });

App({});
