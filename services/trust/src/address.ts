// Where a server listens, and whether others than this machine could reach it there.

export interface ListenAddress {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
}

/** Reads `127.0.0.1:4443` or `[::1]:4443`; undefined for any other text. */
export function readListenAddress(text: string): ListenAddress | undefined {
  const [, v6, name, digits = ''] = /^(?:\[([0-9a-fA-F:.]+)\]|([a-zA-Z0-9.-]+)):([0-9]{1,5})$/.exec(text) ?? [];
  const host = v6 ?? name;
  const port = Number(digits);
  return host === undefined || port > 65_535 ? undefined : { host, port };
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.[0-9]{1,3}){3}$/.test(host);
}

/** All addresses of this machine: nothing that somebody would ask for by that name. */
export const isWildcard = (host: string): boolean => host === '0.0.0.0' || /^[0:]+$/.test(host);

/** A host as a URL spells it. */
export const urlHost = (host: string): string => (host.includes(':') ? `[${host}]` : host);
