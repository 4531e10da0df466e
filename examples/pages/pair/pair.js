const title = require('../../title.js');

Page({
  data: {
    xp2pInfo: '',
    // Two pictures of one camera: the same `targetId`, so both come over one link.
    pictures: ['high', 'standard'].map((quality) => ({
      quality,
      flvUrl: `http://XP2P_INFO.xnet/ipc.p2p.com/ipc.flv?action=live&channel=0&quality=${quality}`,
    })),
  },

  onLoad({ xp2pInfo = '' }) {
    title('pair');
    this.setData({ xp2pInfo: decodeURIComponent(xp2pInfo) });
  },
});
