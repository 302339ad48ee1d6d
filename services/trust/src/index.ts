// The one door of the trust server.
export type { ListenAddress } from './address.ts';
export { systemClock } from './clock.ts';
export { parseServerConfig, readConfigFile, type ServerConfig } from './config.ts';
export { type RequestCode, RequestError, type StartCode, StartError } from './errors.ts';
export { type Logger, standardLog } from './log.ts';
export { startTrustServer, type TrustServer, type TrustServerOptions } from './start.ts';
