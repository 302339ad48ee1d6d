// Simulators and corruptions for tests, benchmarks and the tour. Nothing else imports this package.

export { type Identity, newIdentity, newKeys, pemKey, type Wishes } from './certificates.ts';
export { aliased } from './corrupt/alias.ts';
export { flippedBit } from './corrupt/bytes.ts';
export { strippedSignatures, withSignatures } from './corrupt/envelope.ts';
export { expiringAt } from './corrupt/expiry.ts';
export { losingRole } from './corrupt/lost-role.ts';
export { changedMember, type MemberPath, memberAt, withMember, withoutMember } from './corrupt/member.ts';
export { withoutHashes } from './corrupt/no-hashes.ts';
export { boundTo } from './corrupt/repository.ts';
export { respelled } from './corrupt/text.ts';
export { versioned } from './corrupt/version.ts';
export { type Disk, type FailingDisk, failingDisk, fill, type NoDisk, smallDisk } from './disk.ts';
export { type Lie, type MetadataServer, type Repositories, startMetadataServer } from './hostile/metadata-server.ts';
export { LOOPBACK_CERTIFICATE } from './loopback-certificate.ts';
export { OldRepository, type OldRepositoryOptions, oldRepository, type Step } from './notary/old-repository.ts';
export { type OldLie, type OldServerForTests, startOldServer } from './notary/old-server.ts';
export { type NotaryBend, type NotaryOptions, NotaryRepository } from './notary/repository.ts';
export { bareKey, notaryFile, plainKeyObject, type RoleKey, rootKey } from './notary/role-key.ts';
export { NotaryShelf, notaryMetaOf } from './notary/shelf.ts';
export { bareSigner, type CertificateOptions, certifiedSigner, freshBareSigner } from './notary/signers.ts';
export {
  type LoggedRequest,
  pushSampleImage,
  putManifest,
  type RegistryAnswer,
  type RegistryAuth,
  type RegistryCall,
  type RegistryOptions,
  type SampleImage,
  type SampleManifest,
  sampleImage,
  startRegistry,
  type TestRegistry,
  uploadSampleImage,
} from './oci-registry/index.ts';
export { type OtlpReceiver, otlpReceiver, type ReceivedSpan } from './otlp-receiver.ts';
export { type PlainKey, type PlainKeyKind, plainKey } from './plain/keys.ts';
export { type PlainEnvelope, PlainRepository, plainTime } from './plain/repository.ts';
export { type PlainServer, startPlainServer } from './plain/server.ts';
export { type Cut, cutBefore } from './postgres/cut.ts';
export { noPostgres, startPostgres, type TestPostgres } from './postgres/server.ts';
export { type Judgement, judge } from './review/judge.ts';
export { binFile, binFor, type Spreading, spread } from './simulator/bins.ts';
export { type Delegating, delegate, firstFile } from './simulator/delegate.ts';
export { type Answer, answerFrom, type Driven, drive, floorAfter } from './simulator/drive.ts';
export { anchorFromPin, roleName, simulate } from './simulator/simulate.ts';
export { type Bend, freshKeys, type SignOptions, type SimulatedKeys, Simulator, type SimulatorOptions } from './simulator/simulator.ts';
