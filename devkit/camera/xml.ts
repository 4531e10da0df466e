/** One element, without what namespaces it is in: the prefixes are the sender's choice, and the names suffice here. */
export interface XmlElement {
  name: string;
  attributes: ReadonlyMap<string, string>;
  children: XmlElement[];
  /** Its own text, entities resolved, without that of its children. */
  text: string;
}

const MAX_DEPTH = 64;
const MAX_ELEMENTS = 20_000;
const TOKEN =
  /<!\[CDATA\[([\s\S]*?)\]\]>|<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<\/([^\s>]+)\s*>|<([^\s/>!?]+)((?:\s+[^\s=/>]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>|([^<]+)/y;
const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * What cameras answer to SOAP: elements, attributes, text and CDATA of XML 1.0. A DOCTYPE is refused, so that no entity can
 * grow. @throws Error where it is not well-formed, or too deep or too much
 */
export function parseXml(text: string): XmlElement {
  const root = element('');
  const open = [root];
  let count = 0;
  TOKEN.lastIndex = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  for (let at = TOKEN.lastIndex; at < text.length; at = TOKEN.lastIndex) {
    const token = TOKEN.exec(text);
    if (token === null) throw new Error(`no XML at character ${at}`);
    const [, cdata, endName, name, attributes, isEmpty, plain] = token;
    const inside = open.at(-1)!;
    if (plain !== undefined || cdata !== undefined) inside.text += cdata ?? unescape(plain!);
    else if (endName !== undefined) {
      if (open.length === 1 || inside.name !== localName(endName)) throw new Error('XML elements overlap');
      open.pop();
    } else if (name !== undefined) {
      const child = element(localName(name), attributes);
      if (++count > MAX_ELEMENTS || open.length > MAX_DEPTH) throw new Error('too much XML');
      inside.children.push(child);
      if (isEmpty === '') open.push(child);
    }
  }
  if (open.length > 1 || root.children.length !== 1) throw new Error('XML is cut short');
  return root.children[0]!;
}

/** All elements of this name below, in the order of the document. */
export function* descendants(of: XmlElement, name: string): Generator<XmlElement> {
  for (const child of of.children) {
    if (child.name === name) yield child;
    yield* descendants(child, name);
  }
}

/** The text of the first element of this name below, trimmed; null when there is none. */
export function textOf(of: XmlElement, name: string): string | null {
  const [first] = descendants(of, name);
  return first === undefined ? null : first.text.trim();
}

export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

function element(name: string, attributes = ''): XmlElement {
  const found = new Map<string, string>();
  for (const [, key, quoted] of attributes.matchAll(/([^\s=]+)\s*=\s*("[^"]*"|'[^']*')/g)) {
    found.set(localName(key!), unescape(quoted!.slice(1, -1)));
  }
  return { name, attributes: found, children: [], text: '' };
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function unescape(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w+));/gi, (whole, decimal, hex, name: string) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const code = decimal === undefined ? parseInt(hex as string, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
