// Opens a VRM with three-vrm, draws it, and posts what it found to /result.
// Query: figure (URL), width, height, fov, eye and target ("x,y,z", metres),
// expression ("name:weight,..."), yaw (gaze, degrees), arms (degrees below the T-pose).
import * as THREE from "three";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
import { VRMLoaderPlugin, VRMUtils } from "@pixiv/three-vrm";

const query = new URLSearchParams(location.search);
const vector = (name, fallback) => (query.get(name) ?? fallback).split(",").map(Number);
const size = [Number(query.get("width") ?? 640), Number(query.get("height") ?? 640)];

function stage() {
  const renderer = new THREE.WebGLRenderer({ antialias: true, preserveDrawingBuffer: true });
  renderer.setSize(...size);
  renderer.toneMapping = THREE.ACESFilmicToneMapping;
  document.body.append(renderer.domElement);
  const scene = new THREE.Scene();
  scene.background = new THREE.Color(0x2a323c);
  for (const [strength, colour, ...place] of [
    [3.2, 0xfff0e0, 1.2, 2.4, 1.6],
    [0.9, 0xd0dcff, -1.6, 1.6, 1.4],
    [2.5, 0xffffff, -0.8, 2.2, -1.8],
  ]) {
    const light = new THREE.DirectionalLight(colour, strength);
    light.position.set(...place);
    scene.add(light);
  }
  scene.add(new THREE.HemisphereLight(0xbfc8d8, 0x5a4c44, 0.9));
  return { renderer, scene };
}

function pose(vrm) {
  for (const entry of (query.get("expression") ?? "").split(",").filter(Boolean)) {
    const [name, weight] = entry.split(":");
    vrm.expressionManager.setValue(name, Number(weight));
  }
  const arms = THREE.MathUtils.degToRad(Number(query.get("arms") ?? 68));
  const bone = (name) => vrm.humanoid.getNormalizedBoneNode(name);
  bone("leftUpperArm").rotation.z = -arms;
  bone("rightUpperArm").rotation.z = arms;
  if (query.has("yaw")) {
    vrm.lookAt.autoUpdate = false;
    vrm.lookAt.yaw = Number(query.get("yaw"));
  }
}

function report(vrm, renderer) {
  const pixels = new Uint8Array(size[0] * size[1] * 4);
  const gl = renderer.getContext();
  gl.readPixels(0, 0, ...size, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
  const colours = new Set();
  for (let k = 0; k < pixels.length; k += 4 * 7) {
    colours.add((pixels[k] << 16) | (pixels[k + 1] << 8) | pixels[k + 2]);
  }
  return {
    bones: Object.keys(vrm.humanoid.humanBones),
    presets: Object.keys(vrm.expressionManager.presetExpressionMap),
    custom: Object.keys(vrm.expressionManager.customExpressionMap),
    springs: vrm.springBoneManager.joints.size,
    colliders: vrm.springBoneManager.colliders.length,
    meta: { name: vrm.meta.name, authors: vrm.meta.authors, license: vrm.meta.licenseUrl },
    colours: colours.size,
    picture: renderer.domElement.toDataURL("image/png"),
  };
}

async function main() {
  const { renderer, scene } = stage();
  const loader = new GLTFLoader();
  loader.register((parser) => new VRMLoaderPlugin(parser));
  const gltf = await loader.loadAsync(query.get("figure"));
  const vrm = gltf.userData.vrm;
  VRMUtils.combineSkeletons(gltf.scene);
  scene.add(vrm.scene);
  const camera = new THREE.PerspectiveCamera(Number(query.get("fov") ?? 20), size[0] / size[1]);
  camera.position.set(...vector("eye", "0.35,1.5,1.9"));
  camera.lookAt(...vector("target", "0,1.42,0"));
  pose(vrm);
  for (let step = 0; step < 60; step++) vrm.update(1 / 60);
  renderer.render(scene, camera);
  return report(vrm, renderer);
}

main()
  .catch((error) => ({ error: String(error.stack ?? error) }))
  .then((result) => fetch("/result", { method: "POST", body: JSON.stringify(result) }));
