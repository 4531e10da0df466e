const stories = require('./stories.js');
const language = require('./language.js');

/** The page's title in Chinese; the English one stands in its JSON file. */
module.exports = function title(id) {
  if (language() !== 'zh') return;
  wx.setNavigationBarTitle({ title: stories.find((story) => story.id === id).title.zh });
};
