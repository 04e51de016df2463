// What three-vrm-animation reads from a VRM animation, at its first and last key, as JSON.
import { readFileSync } from "node:fs";
import { GLTFLoader } from "three/examples/jsm/loaders/GLTFLoader.js";
import { VRMAnimationLoaderPlugin } from "@pixiv/three-vrm-animation";

globalThis.self = globalThis;
const data = readFileSync(process.argv[2]);
const loader = new GLTFLoader();
loader.register((parser) => new VRMAnimationLoaderPlugin(parser));
const bytes = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
const gltf = await loader.parseAsync(bytes, "");
const animation = gltf.userData.vrmAnimations[0];
const tracks = (map) => Object.fromEntries([...map].map(([k, t]) => [k, Array.from(t.values)]));
console.log(
  JSON.stringify({
    duration: animation.duration,
    restHips: animation.restHipsPosition.toArray(),
    rotation: tracks(animation.humanoidTracks.rotation),
    translation: tracks(animation.humanoidTracks.translation),
    preset: tracks(animation.expressionTracks.preset),
    custom: tracks(animation.expressionTracks.custom),
    lookAt: animation.lookAtTrack && Array.from(animation.lookAtTrack.values),
  }),
);
