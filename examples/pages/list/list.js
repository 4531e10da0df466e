const { prestart } = require('iot-p2p-player');
const language = require('../../language.js');
const title = require('../../title.js');

const TEXT = {
  zh: { name: '门口', ahead: '链路已提前建立，点开就有画面' },
  en: { name: 'Front door', ahead: 'The link is being opened ahead: tap for the picture' },
};

Page({
  data: { cameras: [], text: TEXT.zh },

  onLoad({ xp2pInfo = '' }) {
    title('list');
    const text = TEXT[language()];
    // The same `targetId` as the player's on the page that is opened: it finds the link ready.
    const camera = { targetId: 'live', xp2pInfo: decodeURIComponent(xp2pInfo), name: text.name };
    this.setData({ text, cameras: [camera] });
  },

  onShow() {
    this.takeBack = this.data.cameras
      .filter(({ xp2pInfo }) => xp2pInfo !== '')
      .map((camera) => prestart(camera));
  },

  onUnload() {
    this.takeBack.forEach((takeBack) => takeBack());
  },

  onOpen({ currentTarget }) {
    const { xp2pInfo } = this.data.cameras[currentTarget.dataset.index];
    wx.navigateTo({ url: `/pages/live/live?xp2pInfo=${encodeURIComponent(xp2pInfo)}` });
  },
});
