// The little of autocannon that the benchmark uses; the package brings no types of its own.
declare module 'autocannon' {
  interface Result {
    readonly requests: { readonly average: number; readonly total: number };
    readonly non2xx: number;
    readonly errors: number;
  }
  // biome-ignore lint/style/noDefaultExport: this is how the package exports it
  export default function autocannon(options: {
    readonly url: string;
    readonly connections: number;
    readonly pipelining: number;
    readonly duration: number;
    readonly tlsOptions?: { readonly ca: Buffer };
  }): Promise<Result>;
}
