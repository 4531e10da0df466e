import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';

/** How a router treats UDP, in the words of RFC 4787; `blocked` lets none through. */
export type Router = 'open' | 'full-cone' | 'restricted' | 'port-restricted' | 'symmetric' | 'blocked';

export interface Site {
  readonly router: Router;
  /** The namespace of the host behind the router. */
  readonly host: string;
}

/** Of the machine with the servers. The network is one of those for documents (RFC 5737): nothing leaves this host. */
export const SERVER = '203.0.113.1';
const run = promisify(execFile);

/** False where the kernel or the rights do not allow it. */
export function canMakeNamespaces(): boolean {
  const name = `iotp2p${process.pid}t`;
  try {
    execFileSync('ip', ['netns', 'add', name], { stdio: 'ignore' });
    execFileSync('ip', ['netns', 'exec', name, 'nft', 'add', 'table', 'ip', 'x'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    try {
      execFileSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
    } catch {
      // It was not made.
    }
  }
}

/**
 * A small internet of namespaces: one machine with the servers, and sites that each are a host behind a router. Only
 * namespaces of its own are made and removed; their names hold the process id.
 *
 *   host 10.n.0.2 ── router 10.n.0.1 | 203.0.113.(10 + n) ──┐
 *                                                           ├─ bridge ── servers 203.0.113.1
 *   host …        ── router …                             ──┘
 */
export class Sites {
  readonly server: string;
  private readonly prefix = `iotp2p${process.pid}`;
  private readonly made: string[] = [];
  private readonly sites: { site: Site; index: number; router: string }[] = [];

  constructor() {
    this.server = `${this.prefix}s`;
  }

  async open(): Promise<void> {
    const bridge = `${this.prefix}b`;
    await this.addNamespace(bridge);
    await run('ip', ['-n', bridge, 'link', 'add', 'br0', 'type', 'bridge']);
    await run('ip', ['-n', bridge, 'link', 'set', 'br0', 'up']);
    await this.addNamespace(this.server);
    await this.plug(this.server, 0, `${SERVER}/24`);
    await this.ip(this.server, 'addr', 'add', '203.0.113.2/24', 'dev', 'wan');
    await this.addDefaultRoute(this.server);
  }

  async add(router: Router): Promise<Site> {
    const index = this.sites.length + 1;
    const [host, box] = [`${this.prefix}h${index}`, `${this.prefix}r${index}`];
    // Without a NAT the host has an address that everybody can reach.
    const lan = router === 'open' ? `198.51.100.${8 * index}` : `10.${index}.0.0`;
    const inLan = (last: number): string => lan.replace(/\d+$/, (base) => String(Number(base) + last));
    await this.addNamespace(host);
    await this.addNamespace(box);
    await this.plug(box, index, `203.0.113.${10 + index}/24`);
    await run('ip', [
      'link',
      'add',
      'lan',
      'netns',
      box,
      'type',
      'veth',
      'peer',
      'name',
      'eth0',
      'netns',
      host,
    ]);
    await this.ip(box, 'addr', 'add', `${inLan(1)}/29`, 'dev', 'lan');
    await this.ip(box, 'link', 'set', 'lan', 'up');
    await this.ip(host, 'addr', 'add', `${inLan(2)}/29`, 'dev', 'eth0');
    await this.ip(host, 'link', 'set', 'eth0', 'up');
    await this.ip(host, 'route', 'add', 'default', 'via', inLan(1));
    await this.addDefaultRoute(box);
    await run('ip', ['netns', 'exec', box, 'sysctl', '-qw', 'net.ipv4.ip_forward=1']);
    for (const rule of rulesOf(router, inLan(2))) {
      await run('ip', ['netns', 'exec', box, 'nft', rule]);
    }
    if (router === 'open') {
      const others = [this.server, ...this.sites.map((other) => other.router)];
      for (const other of others) {
        await this.ip(other, 'route', 'add', `${lan}/29`, 'via', `203.0.113.${10 + index}`);
      }
    }
    for (const other of this.sites) {
      if (other.site.router !== 'open') continue;
      await this.ip(
        box,
        'route',
        'add',
        `198.51.100.${8 * other.index}/29`,
        'via',
        `203.0.113.${10 + other.index}`,
      );
    }
    const site = { router, host };
    this.sites.push({ site, index, router: box });
    return site;
  }

  /** At once, for a process that is told to end: with everything that runs inside. */
  closeNow(): void {
    for (const name of this.made.splice(0).reverse()) {
      try {
        const pids = execFileSync('ip', ['netns', 'pids', name]).toString().split('\n').filter(Boolean);
        for (const pid of pids) process.kill(Number(pid), 'SIGKILL');
        execFileSync('ip', ['netns', 'del', name]);
      } catch {
        // The next one all the same.
      }
    }
  }

  /** Also after half of it was made. */
  async close(): Promise<void> {
    for (const name of this.made.splice(0).reverse()) await run('ip', ['netns', 'del', name]).catch(() => {});
  }

  private async addNamespace(name: string): Promise<void> {
    await run('ip', ['netns', 'add', name]);
    this.made.push(name);
    await this.ip(name, 'link', 'set', 'lo', 'up');
  }

  private async plug(name: string, port: number, address: string): Promise<void> {
    const bridge = `${this.prefix}b`;
    await run('ip', [
      'link',
      'add',
      'wan',
      'netns',
      name,
      'type',
      'veth',
      'peer',
      'name',
      `p${port}`,
      'netns',
      bridge,
    ]);
    await this.ip(name, 'addr', 'add', address, 'dev', 'wan');
    await this.ip(name, 'link', 'set', 'wan', 'up');
    await this.ip(bridge, 'link', 'set', `p${port}`, 'up');
    await this.ip(bridge, 'link', 'set', `p${port}`, 'master', 'br0');
  }

  /** Into the void: coturn 4.6 ends an allocation whose peer it has no route to. */
  private addDefaultRoute(name: string): Promise<void> {
    return this.ip(name, 'route', 'add', 'default', 'via', '203.0.113.254', 'dev', 'wan');
  }

  private async ip(name: string, ...args: string[]): Promise<void> {
    await run('ip', ['-n', name, ...args]);
  }
}

/** What makes a router of the kind, as nft commands. */
function rulesOf(router: Router, host: string): string[] {
  if (router === 'open') return [];
  const rules = [
    'add table ip n',
    'add chain ip n pre { type nat hook prerouting priority -100; }',
    'add chain ip n post { type nat hook postrouting priority 100; }',
    'add chain ip n in { type filter hook input priority 0; }',
    'add chain ip n fwd_ { type filter hook forward priority 0; }',
    // A packet of a peer that comes too early must not take the mapping's port.
    'add rule ip n in iifname wan ct state new drop',
    // The port is kept, as most routers do; a symmetric one takes another for each destination.
    `add rule ip n post oifname wan masquerade${router === 'symmetric' ? ' fully-random' : ''}`,
  ];
  if (router === 'blocked') return [...rules, 'add rule ip n fwd_ meta l4proto udp drop'];
  if (router === 'port-restricted' || router === 'symmetric') {
    return [...rules, 'add rule ip n fwd_ iifname wan ct state new drop'];
  }
  rules.push(`add rule ip n pre iifname wan udp dport 1024-65535 dnat to ${host}`);
  if (router === 'full-cone') return rules;
  return [
    ...rules,
    'add set ip n peers { type ipv4_addr . inet_service; flags dynamic,timeout; timeout 60s; }',
    'add rule ip n fwd_ iifname lan oifname wan meta l4proto udp update @peers { ip daddr . udp sport }',
    'add rule ip n fwd_ iifname wan oifname lan ct state new ip saddr . udp dport != @peers drop',
  ];
}
