// Runs a VRM without pictures through three-vrm's springs and constraints; prints world positions.
// Usage: node motion.mjs FIGURE JOB.json; the job: {settle, bone, angles [rad about Z per step]}.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import path from "node:path";

globalThis.self = globalThis;
const modules = process.env.PEER_MODULES;
const from = (name) => import(pathToFileURL(path.join(modules, name)).href);
const { GLTFLoader } = await from("three/examples/jsm/loaders/GLTFLoader.js");
const { VRMLoaderPlugin } = await from("@pixiv/three-vrm/lib/three-vrm.module.js");

const [figure, jobPath] = process.argv.slice(2);
const job = JSON.parse(readFileSync(jobPath));
const data = readFileSync(figure);
const loader = new GLTFLoader();
loader.register((parser) => new VRMLoaderPlugin(parser));
const buffer = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
const gltf = await loader.parseAsync(buffer, "");
const vrm = gltf.userData.vrm;
const bone = vrm.humanoid.getNormalizedBoneNode(job.bone);

function step() {
  vrm.humanoid.update();
  vrm.nodeConstraintManager?.update();
  vrm.springBoneManager?.update(1 / 60);
}

vrm.scene.updateMatrixWorld(true);
vrm.springBoneManager?.setInitState();
vrm.springBoneManager?.reset();
for (let i = 0; i < job.settle; i++) step();
const nodes = await gltf.parser.getDependencies("node");
const frames = [];
for (const angle of job.angles) {
  bone.rotation.set(0, 0, angle);
  step();
  vrm.scene.updateMatrixWorld(true);
  frames.push(nodes.map((node) => [...node.matrixWorld.elements]));
}
console.log(JSON.stringify(frames));
