import dgram from 'node:dgram';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

/** Below what any system hands out by itself, to whoever connects or listens on port 0. */
const FIRST_PORT = 20_000;
const PORT_COUNT = 10_000;
/** A file per port that a process of ours has taken, with its id: shared by all of them on this machine. */
const FOLDER = path.join(os.tmpdir(), `iot-p2p-ports-${os.userInfo().uid}`);

const claims: string[] = [];
let next = process.pid % PORT_COUNT;

/**
 * A port of 127.0.0.1, TCP and UDP, for a server that has to be told its port before it listens. It stays ours until this
 * process ends: neither another test, nor the system, gives it to somebody else meanwhile.
 */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < PORT_COUNT; tried++) {
    const port = FIRST_PORT + next;
    next = (next + 1) % PORT_COUNT;
    if (claim(port) && (await isFree(port))) return port;
  }
  throw new Error('no port is free');
}

function claim(port: number): boolean {
  fs.mkdirSync(FOLDER, { recursive: true });
  const file = path.join(FOLDER, String(port));
  try {
    fs.writeFileSync(file, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    forget(file);
    return false;
  }
  if (claims.push(file) === 1) process.on('exit', release);
  return true;
}

/** Of a process that was killed; the port is free at the next time round. */
function forget(file: string): void {
  try {
    process.kill(Number(fs.readFileSync(file, 'utf8')), 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') fs.rmSync(file, { force: true });
  }
}

function release(): void {
  for (const file of claims) fs.rmSync(file, { force: true });
}

async function isFree(port: number): Promise<boolean> {
  return (await canListen(port)) && (await canBind(port));
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function canBind(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = dgram.createSocket('udp4');
    socket.once('error', () => resolve(false));
    socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(true)));
  });
}
