// The door of the registry in memory.
export type { RegistryAuth } from './access.ts';
export type { Answer as RegistryAnswer, Call as RegistryCall } from './answer.ts';
export { type LoggedRequest, type RegistryOptions, startRegistry, type TestRegistry } from './registry.ts';
export { pushSampleImage, type SampleImage, type SampleManifest, sampleImage } from './sample-image.ts';
export { putManifest, uploadSampleImage } from './upload-image.ts';
