// The one door of the signing service.
export { parseSignerConfig, type SignerConfig } from './config.ts';
export { type ServiceCode, ServiceError, type SetupCode, SetupError } from './errors.ts';
export { type Logger, logTo, signerLog } from './log.ts';
export { rekeyMaster } from './master.ts';
export type { Claimants } from './policy/accepted.ts';
export { type PolicyCode, PolicyError } from './policy/errors.ts';
export type { Evidence } from './policy/evidence.ts';
export { judge, type Verdict } from './policy/judge.ts';
export { type LastSigned, type Memory, NOTHING, type SignerRole } from './policy/memory.ts';
export type { Asked, Held, SignerRepository } from './policy/request.ts';
export { type SigningService, type SigningServiceOptions, startSigningService } from './start.ts';
export { type StandingRepository, type TakenOver, type TakeOver, takeOverAll } from './take-over.ts';
