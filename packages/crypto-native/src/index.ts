// The one door of crypto-native.
export { nativeCryptography } from './native.ts';
