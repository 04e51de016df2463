// Draws a VRM with three-vrm as fast as it goes and posts what each frame took.
// Query: figure (URL), width, height, fov, eye and target ("x,y,z", metres), frames, shapes.
import * as THREE from "three";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
import { VRMLoaderPlugin, VRMUtils } from "@pixiv/three-vrm";

const query = new URLSearchParams(location.search);
const number = (name) => Number(query.get(name));
const vector = (name) => query.get(name).split(",").map(Number);
const size = [number("width"), number("height")];
const WARM_UP = 10;

function stage() {
  const renderer = new THREE.WebGLRenderer({ antialias: false });
  renderer.setSize(...size);
  document.body.append(renderer.domElement);
  const scene = new THREE.Scene();
  scene.background = new THREE.Color(0x2a323c);
  const light = new THREE.DirectionalLight(0xffffff, Math.PI);
  light.position.set(...vector("light"));
  scene.add(light);
  return { renderer, scene };
}

async function load(scene) {
  const loader = new GLTFLoader();
  loader.register((parser) => new VRMLoaderPlugin(parser));
  const began = performance.now();
  const gltf = await loader.loadAsync(query.get("figure"));
  const vrm = gltf.userData.vrm;
  VRMUtils.removeUnnecessaryVertices(gltf.scene);
  VRMUtils.combineSkeletons(gltf.scene);
  scene.add(vrm.scene);
  return { vrm, load_ms: performance.now() - began };
}

function animate(vrm, frame) {
  const t = frame / 30;
  const names = Object.keys(vrm.expressionManager.customExpressionMap).sort();
  for (let i = 0; i < number("shapes"); i++) {
    vrm.expressionManager.setValue(names[i], 0.5 + 0.5 * Math.sin(5 * t + i));
  }
  vrm.humanoid.getNormalizedBoneNode("head").rotation.y = 0.2 * Math.sin(3 * t);
  vrm.humanoid.getNormalizedBoneNode("leftUpperArm").rotation.z = -1.2 + 0.1 * Math.sin(2 * t);
  vrm.humanoid.getNormalizedBoneNode("rightUpperArm").rotation.z = 1.2 + 0.1 * Math.sin(2 * t);
  vrm.update(1 / 30);
}

function measure(vrm, renderer, scene, camera) {
  const gl = renderer.getContext();
  const pixel = new Uint8Array(4);
  const times = [];
  const updates = [];
  for (let frame = 0; frame < WARM_UP + number("frames"); frame++) {
    const began = performance.now();
    animate(vrm, frame);
    const updated = performance.now();
    renderer.render(scene, camera);
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
    if (frame >= WARM_UP) {
      times.push(performance.now() - began);
      updates.push(updated - began);
    }
  }
  return { times, updates };
}

async function main() {
  const { renderer, scene } = stage();
  const { vrm, load_ms } = await load(scene);
  const camera = new THREE.PerspectiveCamera(number("fov"), size[0] / size[1], 0.1, 50);
  camera.position.set(...vector("eye"));
  camera.lookAt(...vector("target"));
  const found = measure(vrm, renderer, scene, camera);
  renderer.render(scene, camera);
  const gl = renderer.getContext();
  const driver = gl.getExtension("WEBGL_debug_renderer_info");
  return {
    ...found,
    load_ms,
    triangles: renderer.info.render.triangles,
    calls: renderer.info.render.calls,
    driver: driver ? gl.getParameter(driver.UNMASKED_RENDERER_WEBGL) : "",
    picture: renderer.domElement.toDataURL("image/png"),
  };
}

main()
  .catch((error) => ({ error: String(error.stack ?? error) }))
  .then((result) => fetch("/result", { method: "POST", body: JSON.stringify(result) }));
