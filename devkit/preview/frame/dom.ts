/** `h('button.icon', { onclick }, 'text')`: an element of a tag with classes, its members set and its children in place. */
export function h<T extends HTMLElement = HTMLElement>(
  tagAndClasses: string,
  members: Partial<Omit<T, 'style' | 'dataset'>> = {},
  ...children: (Node | string)[]
): T {
  const [tag, ...classes] = tagAndClasses.split('.');
  const element = document.createElement(tag || 'div') as unknown as T;
  if (classes.length > 0) element.className = classes.join(' ');
  Object.assign(element, members);
  element.append(...children);
  return element;
}
