// Which file may import which. Every message says what is wrong, why, and what to do instead.
import { builtinModules } from 'node:module';

const BUILTINS = new Set(builtinModules);

/** Layers of p2p-core, each with the layers it may import. */
const CORE_LAYERS = {
  index: ['api', 'port'],
  api: ['origin', 'http', 'session', 'transport', 'path', 'signaling', 'flv', 'crypto', 'bytes'],
  swarm: ['origin', 'session', 'transport', 'path', 'signaling', 'flv', 'crypto', 'bytes'],
  origin: ['session', 'path', 'signaling', 'flv', 'bytes'],
  http: ['session', 'transport', 'path', 'signaling', 'crypto', 'bytes'],
  session: ['transport', 'path', 'signaling', 'crypto', 'bytes'],
  transport: ['crypto', 'bytes'],
  path: ['crypto', 'bytes'],
  signaling: ['crypto', 'bytes'],
  crypto: ['bytes'],
  flv: ['bytes'],
  mjpg: [],
  port: ['bytes'],
  bytes: [],
  errors: [],
};
const CORE_ORDER =
  'api → {http, origin} → session → {transport, path, signaling} → crypto → bytes; swarm → origin → flv → bytes';
/** These three may know each other's types, never each other's code. */
const SIDE_BY_SIDE = new Set(['transport', 'path', 'signaling']);
const OPEN_TO_ALL_OF_CORE = new Set(['p2p-core/errors', 'p2p-core/port/port']);
const WX_PORT = 'p2p-core/port/wx-port';
const WX_PORT_USERS = new Set(['index', 'api']);

const SHIPPED = new Set(['index', 'p2p-core', 'store', 'components']);
const isShipped = (file) => SHIPPED.has(zoneOf(file));

/** The top folder of a path without extension: `index`, `p2p-core`, `store`, `components`, `devkit`… */
export const zoneOf = (file) => file.split('/')[0];

/** `p2p-core/session/endpoint` → `session`; `p2p-core/errors` → `errors`. */
const layerOf = (file) => file.split('/')[1];

/** `components/<name>/…` → `<name>`. */
const componentOf = (file) => file.split('/')[1];

const DIRECTION = 'Imports run one way: examples → components → store → p2p-core/index';

/**
 * Judges one import. `from` and `to` are paths from the root without extension; `to` is null for a bare specifier.
 * @returns {string | null} the message, or null when it may stay
 */
export function judgeImport(from, to, { specifier, isTypeOnly }, dependencies) {
  if (to === null) return judgePackage(from, specifier, dependencies);
  const fromZone = zoneOf(from);
  const toZone = zoneOf(to);
  switch (fromZone) {
    case 'p2p-core':
      if (toZone !== 'p2p-core') {
        return `p2p-core must not import ${to}: the core builds and tests alone. Pass what it needs as an argument.`;
      }
      return judgeLayer(from, to, isTypeOnly);
    case 'store':
    case 'components':
    case 'index':
      return judgeLibrary(from, to, isTypeOnly);
    case 'devkit':
      if (toZone === 'devkit' || toZone === 'p2p-core') return null;
      return `devkit must not import ${to}: its programs speak the protocol only. Move what both need into p2p-core.`;
    case 'examples':
      if (toZone === 'examples') return null;
      return `examples must not import ${to}: they show what an app does. Import it from 'iot-p2p-player/…'.`;
    default:
      return null; // test, bench and tools may look everywhere
  }
}

function judgePackage(from, specifier, dependencies) {
  if (!isShipped(from)) return null;
  const name = specifier.replace(/^node:/, '');
  if (specifier.startsWith('node:') || BUILTINS.has(name) || BUILTINS.has(name.split('/')[0])) {
    return `'${specifier}' is a Node built-in: a mini program has none. Ask the port, or move the code to devkit.`;
  }
  if (zoneOf(from) === 'p2p-core') {
    return `p2p-core must not import the package '${specifier}': the core stands alone. Write the small part it needs.`;
  }
  const packageName = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  if (dependencies.has(packageName)) return null;
  return `'${packageName}' is not a dependency of package.json, so an app that installs us would not get it. Add it, or do without.`;
}

function judgeLayer(from, to, isTypeOnly) {
  if (OPEN_TO_ALL_OF_CORE.has(to) && from !== to) {
    return OPEN_TO_ALL_OF_CORE.has(from)
      ? `${from} must not import ${to}: files that all of the core uses import nothing. Move the shared part into one of them.`
      : null;
  }
  const fromLayer = layerOf(from);
  const toLayer = layerOf(to);
  if (to === WX_PORT) {
    if (WX_PORT_USERS.has(fromLayer)) return null;
    return `${from} must not import wx-port: only p2p-core/index and api bind the core to WeChat. Take a Port as an argument.`;
  }
  if (!(fromLayer in CORE_LAYERS) || !(toLayer in CORE_LAYERS)) {
    const unknown = fromLayer in CORE_LAYERS ? toLayer : fromLayer;
    return `p2p-core/${unknown} is no layer yet. Give it a row in tools/imports/rules.mjs with what it may import.`;
  }
  if (fromLayer === toLayer || CORE_LAYERS[fromLayer].includes(toLayer)) return null;
  if (SIDE_BY_SIDE.has(fromLayer) && SIDE_BY_SIDE.has(toLayer)) {
    if (isTypeOnly && to === `p2p-core/${toLayer}/types`) return null;
    return `${fromLayer} and ${toLayer} stand side by side: only \`import type\` from ${toLayer}/types may cross. Let session bring them together.`;
  }
  return `${fromLayer} must not import ${toLayer}: layers of the core import downwards only (${CORE_ORDER}). Take it as an argument, or move the shared part down.`;
}

function judgeLibrary(from, to, isTypeOnly) {
  const fromZone = zoneOf(from);
  const toZone = zoneOf(to);
  if (toZone === 'p2p-core') {
    if (to === 'p2p-core/index' || (to === 'p2p-core/swarm/index' && fromZone === 'components')) return null;
    if (to === 'p2p-core/mjpg/index' && from.startsWith('store/mjpg/')) return null;
    return `${fromZone} must import p2p-core through p2p-core/index, its only entry: what lies behind may change. Export the name there.`;
  }
  const allowed = { index: ['store'], store: ['store'], components: ['store', 'components'] }[fromZone];
  if (!allowed.includes(toZone)) {
    return `${fromZone} must not import ${to}. ${DIRECTION}. Take it as an argument, or move the shared part down.`;
  }
  if (fromZone === 'components' && toZone === 'components') {
    const target = componentOf(to);
    if (target !== componentOf(from) && target !== 'common' && !isTypeOnly) {
      return `a component must not import another one's code (${to}): each is used alone. Import its types only, or share through components/common or a store.`;
    }
  }
  return null;
}

const ODDITIES = {
  'dynamic-import': {
    applies: isShipped,
    message:
      'dynamic import() in shipped code: the packer copies files and finds modules by reading them. Import statically.',
  },
  'opaque-require': {
    applies: (file) => isShipped(file) || zoneOf(file) === 'examples',
    message:
      'require with a variable, or require under another name: WeChat resolves literals only. Write the path as a string.',
  },
  'export-star': {
    applies: (file) => (isShipped(file) || zoneOf(file) === 'devkit') && !/(^|\/)index$/.test(file),
    message: '`export *` hides where a name comes from; only index.ts may use it. Name what you export.',
  },
};

/** @returns {string | null} */
export const judgeOddity = (file, { kind }) => (ODDITIES[kind].applies(file) ? ODDITIES[kind].message : null);

/** @returns {string | null} */
export function judgeGlobal(file, { name }) {
  if (!isShipped(file) || zoneOf(file) === 'components' || file === WX_PORT) return null;
  return `${name} belongs to the platform: only components/ and ${WX_PORT}.ts may name it. Take a Port, or what you need of it, as an argument.`;
}
