const stories = require('./stories.js');
const language = require('./language.js');

/** The page's title, in the user's language: a page's JSON knows one only. */
module.exports = function title(id) {
  wx.setNavigationBarTitle({ title: stories.find((story) => story.id === id).title[language()] });
};
