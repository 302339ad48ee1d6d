// Simulators and corruptions for tests, benchmarks and the tour. Nothing else imports this package.

export { type Lie, type MetadataServer, type Repositories, startMetadataServer } from './hostile/metadata-server.ts';
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
export { type Answer, answerFrom, type Driven, drive, floorAfter } from './simulator/drive.ts';
export { anchorFromPin, roleName, simulate } from './simulator/simulate.ts';
export { type Bend, freshKeys, type SignOptions, type SimulatedKeys, Simulator, type SimulatorOptions } from './simulator/simulator.ts';
